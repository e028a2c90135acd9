"""The webhook of pvc-plumber, and the native policies that deny what cannot be judged."""

from dataclasses import dataclass

import pulumi

from components._register import register, register_webhook
from manifests import webhook
from manifests.params import PolicyParams
from manifests.render import native_policies


@dataclass(frozen=True, kw_only=True)
class GuardsArgs:
    """What differs between two installations of the policies."""

    params: PolicyParams


class Guards(pulumi.ComponentResource):
    """Webhook, policies and bindings. Nothing depends on them: first at `up` and at `destroy`.

    An `up` that ends half way, over a wrong export for example, then leaves a cluster in which no
    PVC with a backup label can bind empty (docs/adr/0020-guard-of-the-gates.md).
    """

    def __init__(
        self, name: str, args: GuardsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"excludedNamespaces": list(args.params.excluded)}
        super().__init__("pvc-backup:components:Guards", name, inputs, opts)
        child = pulumi.ResourceOptions(parent=self)
        register_webhook(f"{name}-webhook", webhook.configuration(args.params), child)
        policies: dict[str, pulumi.Resource] = {}
        for native in native_policies(args.params):
            title = f"{name}-{native['metadata']['name']}-{native['kind'].lower()}"
            # A binding without its policy would be refused as long as that one is not there.
            needs = (
                [policies[spec["policyName"]]] if "policyName" in (spec := native["spec"]) else []
            )
            made = register(title, native, pulumi.ResourceOptions(parent=self, depends_on=needs))
            policies.setdefault(native["metadata"]["name"], made)
        self.register_outputs({})
