"""Whether this container's web server answers: its health check. Raises if it doesn't."""

import os
import urllib.request

host = os.environ["SITE_URL"].partition("://")[2]
request = urllib.request.Request("http://127.0.0.1:8000/healthz", headers={"Host": host})  # noqa: S310 -- as below
urllib.request.urlopen(request, timeout=2).close()  # noqa: S310 -- http, written above
