"""Common answers of an address to each of ROLES, and modules with the rows of single steps."""

L = "sign in"
ROLES = ("visitor", "owner", "stranger", "advisor", "reader", "coordinator", "director")
COORDINATOR = (L, 403, 403, 403, 403, 200, 403)
COORDINATOR_ACT = (L, 403, 403, 403, 403, 302, 403)
ADVISORS = (L, 403, 403, 200, 200, 403, 403)
OWNER = (L, 200, 404, 403, 404, 403, 404)
OWNER_ACT = (L, 302, 404, 403, 404, 403, 404)
PUBLIC = (200,) * 7
SIGNED_IN = (L,) + (200,) * 6
