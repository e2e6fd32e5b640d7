"""What every page needs: middleware, the template loader, icons, static files, and helpers for views."""
