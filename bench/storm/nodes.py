"""Nodes and a scheduler that is unkind on purpose: a pod goes to the fullest node that it may."""

import asyncio
from collections import Counter

from contract.times import time_text
from fakes.api_server import FakeApiServer, Object
from kube import resource
from kube.resource import NODE, POD
from mover.scheduling import node_affinity

RETRY = 5.0  # seconds between two tries to place a pod
LIVE = ("Pending", "Running")


class Nodes:
    """The nodes of a cluster, and how full the fullest has been."""

    def __init__(self, api: FakeApiServer, count: int) -> None:
        self.most = 0
        self._api = api
        self._names = [f"node-{number}" for number in range(count)]
        for name in self._names:
            ready = {"conditions": [{"type": "Ready", "status": "True"}]}
            api.put(NODE, {"metadata": {"name": name, "namespace": ""}, "status": ready})

    async def place(self, job: Object) -> Object | None:
        """The pod of a Job, on its node; None where the Job has gone before there was one."""
        pod = self._api.put(POD, _pod(job))
        while not (node := self._choose(job)):
            refused = {"type": "PodScheduled", "status": "False", "message": "no node"}
            since = refused | {"lastTransitionTime": time_text(self._api.clock())}
            pod["status"].setdefault("conditions", [since])
            await asyncio.sleep(RETRY)
            meta = job["metadata"]
            if self._api.objects.get((resource.JOB, meta["namespace"], meta["name"])) is not job:
                return None
        pod["spec"]["nodeName"] = node
        pod["status"].pop("conditions", None)
        self.most = max(self.most, self._load()[node])
        return pod

    def _choose(self, job: Object) -> str:
        local = self._local(job["metadata"]["ownerReferences"][0]["name"])
        only = node_affinity.only(job) or frozenset([local] if local else self._names)
        load = self._load()
        fit = sorted(only - node_affinity.avoided(job), key=lambda node: (load[node], node))
        return fit[-1] if fit else ""

    def _load(self) -> Counter[str]:
        pods = self._api.objects.of_kind(POD).values()
        live = [pod for pod in pods if pod["status"]["phase"] in LIVE]
        return Counter(pod["spec"]["nodeName"] for pod in live if "nodeName" in pod["spec"])

    def _local(self, owner: str) -> str:
        """The node of an owner's volume: one volume in ten can be read on one node only."""
        number = int("".join(filter(str.isdigit, owner)))
        return "" if number % 10 else self._names[number // 10 % len(self._names)]


def _pod(job: Object) -> Object:
    meta = job["metadata"]
    owner = {"kind": resource.JOB, "name": meta["name"], "uid": meta["uid"], "controller": True}
    about = {
        "name": f"{meta['name']}-{meta['uid']}",
        "namespace": meta["namespace"],
        "labels": {**meta["labels"], "batch.kubernetes.io/job-name": meta["name"]},
        "ownerReferences": [owner],
    }
    spec = {"volumes": job["spec"]["template"]["spec"]["volumes"]}
    return {"metadata": about, "spec": spec, "status": {"phase": "Pending"}}
