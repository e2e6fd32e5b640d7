"""Files of the lists that staff work with: what a form asks for, and whether this session may have it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from exchange.base import audit
from exchange.web.proofs import ask_for_proof, is_fresh
from exchange.web.worklist import FILES

QUERY_MOST = 2000  # characters of an address


@dataclass(frozen=True, slots=True)
class AskedFile:
    """`query`: the filters of the list. `form`: a key of FILES."""

    query: QueryDict
    form: str

    @property
    def recorded(self) -> str:
        """For the audit log."""
        return audit.filters_of(self.query.urlencode())


def asked_file(request: HttpRequest, address: str, *, names_people: bool = True) -> AskedFile | HttpResponse:
    """What was sent as `query` and `format`. Where it can't be had, a response: back to the list, or the proof that
    people's data need (docs/adr/0005). `address`: of the list, with the query that it has without filters.
    """
    query, form = QueryDict(request.POST.get("query", "")[:QUERY_MOST]), request.POST.get("format", "")
    back = f"{address.partition('?')[0]}?{query.urlencode()}" if query else address
    if form not in FILES:
        return redirect(back)
    if names_people and not is_fresh(request):
        return ask_for_proof(request, then=back)
    return AskedFile(query, form)
