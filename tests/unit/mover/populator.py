"""VolSync's populator behind the restore gate, on storage that binds first and copies later."""

from contract.labels import BOUND, POPULATOR_IN_USE, POPULATOR_PREFIX
from contract.volsync import SpecKey, StatusKey
from fakes.api_server import FakeApiServer, Object
from fakes.builders import SPACE
from kube import resource
from kube.resource import POD
from tests.unit.mover.story import DESTINATION, live, start_pod


class Populator:
    """Fills the PVC of the story a step at a time. What it reads must never be gone."""

    def __init__(self, world: FakeApiServer) -> None:
        self._world = world
        self._image = ""
        self._asked = ""

    @property
    def is_done(self) -> bool:
        return (POD, SPACE, "app") in self._world.objects

    def step(self) -> None:
        claim = self._world.objects[resource.PVC, SPACE, "photos"]
        prime = f"{POPULATOR_PREFIX}{claim['metadata']['uid']}"
        if self.is_done:
            return
        if claim["status"]["phase"] == BOUND:
            self._end_copy(claim)
        elif (resource.PVC, SPACE, prime) in self._world.objects:
            self._bind(claim, prime)
        else:
            self._begin(claim, prime)

    def _begin(self, claim: Object, prime: str) -> None:
        destination = live(self._world, DESTINATION)
        status = destination.get("status") or {}
        if "latestImage" not in status:
            return
        self._label(status["latestImage"]["name"], claim["metadata"]["uid"], "photos")
        self._asked = destination["spec"]["external"]["parameters"][SpecKey.SNAPSHOT]
        if status["external"][StatusKey.SNAPSHOT] != self._asked:
            return  # the gate denies it
        self._image = status["latestImage"]["name"]
        self._require_content()
        spec = {"dataSourceRef": {"kind": resource.SNAPSHOT, "name": self._image}}
        self._world.put(
            resource.PVC, {"metadata": {"name": prime, "namespace": SPACE}, "spec": spec}
        )

    def _bind(self, claim: Object, prime: str) -> None:
        self._require_content()
        self._world.change(resource.PVC, SPACE, "photos", {"status": {"phase": BOUND}})
        self._world.remove(resource.PVC, SPACE, prime)
        self._clean_up(claim["metadata"]["uid"])

    def _end_copy(self, claim: Object) -> None:
        self._require_content()
        self._world.contents[claim["metadata"]["uid"]] = self._asked
        start_pod(self._world)

    def _clean_up(self, uid: str) -> None:
        """As VolSync does: not the image that was read alone, but each that was ever marked."""
        for image in self._world.all(resource.SNAPSHOT):
            if f"{POPULATOR_IN_USE}{uid}" in image["metadata"].get("labels", {}):
                self._label(image["metadata"]["name"], uid, None)

    def _label(self, image: str, uid: str, value: str | None) -> None:
        labels = {f"{POPULATOR_IN_USE}{uid}": value}
        self._world.change(resource.SNAPSHOT, SPACE, image, {"metadata": {"labels": labels}})

    def _require_content(self) -> None:
        image = self._world.objects[resource.SNAPSHOT, SPACE, self._image]
        assert self._world.contents.get(image["metadata"]["uid"]) == self._asked
