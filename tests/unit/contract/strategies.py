"""Claims of every shape that Kubernetes accepts, and pods of every kind that a stack may want."""

from hypothesis import strategies as st

from contract.names import NAME_LIMIT, Claim, is_dns_label, is_dns_subdomain
from contract.pods import Effect, Limits, MoverPods, Operator, Requests, Resources, Toleration

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

_TOLERATIONS = st.one_of(
    st.builds(Toleration, key=_LABELS, value=_LABELS, effect=st.none() | st.sampled_from(Effect)),
    st.builds(
        Toleration,
        operator=st.just(Operator.EXISTS),
        effect=st.just(Effect.NO_EXECUTE),
        toleration_seconds=st.none() | st.integers(0, 10**6),
    ),
)
MOVER_PODS = st.builds(
    MoverPods,
    tolerations=st.lists(_TOLERATIONS, max_size=3).map(tuple),
    node_selector=st.dictionaries(_LABELS, _LABELS, max_size=2),
    image_pull_secrets=st.lists(dotted_names, max_size=2).map(tuple),
    resources=st.builds(
        Resources,
        requests=st.builds(Requests, cpu=st.sampled_from(["1m", "1.5"])),
        limits=st.builds(Limits, memory=st.sampled_from(["", "1Gi"])),
    ),
    priority_class=st.just("") | dotted_names,
)
