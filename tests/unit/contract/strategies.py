"""Claims of every shape that Kubernetes accepts."""

from hypothesis import strategies as st

from contract.names import NAME_LIMIT, Claim, is_dns_label, is_dns_subdomain

_LABELS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True)


def _joined(parts: list[str]) -> str:
    return ".".join(parts)[:NAME_LIMIT].rstrip("-.")


namespaces = _LABELS.filter(is_dns_label)
short_names = _LABELS
dotted_names = st.lists(_LABELS, min_size=1, max_size=6).map(_joined).filter(is_dns_subdomain)
# Kubernetes bounds a whole PVC name, not the parts between its dots.
longest_names = st.integers(1, NAME_LIMIT).map(lambda size: "a" * size)
names = st.one_of(short_names, dotted_names, longest_names)
claims = st.builds(Claim, namespace=namespaces, name=names)
