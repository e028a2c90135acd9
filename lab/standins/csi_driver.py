"""Stand-in for a CSI storage driver with snapshots (Longhorn in production), on plain directories.

usage: csi_driver.py SOCKET ROOT NODE_ID REGISTRATION_SOCKET
The lab compiles csi_pb2 and api_pb2 (plugin registration) from the interfaces' own files.
"""

import subprocess
import sys
from collections.abc import Callable
from concurrent import futures
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
from csi_store import MissingError, Store

# Generated code makes its classes at run time, so no checker knows them.
registration: Any = import_module("api_pb2")
registration_rpc: Any = import_module("api_pb2_grpc")
csi: Any = import_module("csi_pb2")
csi_rpc: Any = import_module("csi_pb2_grpc")
timestamps: Any = import_module("google.protobuf.timestamp_pb2")
wrappers: Any = import_module("google.protobuf.wrappers_pb2")

NAME = "dir.csi.lab"
VERSION = "1"
Handler = Callable[[Any, Any, grpc.ServicerContext], Any]


def with_status(handler: Handler) -> Handler:
    """Turns errors into the statuses that the interface defines for them."""

    def call(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return handler(self, request, context)
        except MissingError as error:
            context.abort(grpc.StatusCode.NOT_FOUND, str(error))
        except (OSError, subprocess.CalledProcessError) as error:
            context.abort(grpc.StatusCode.INTERNAL, str(error))

    return call


class Identity(csi_rpc.IdentityServicer):
    """Names the driver and its capabilities."""

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return csi.GetPluginInfoResponse(name=NAME, vendor_version=VERSION)

    def GetPluginCapabilities(self, request: Any, context: Any) -> Any:
        kinds = csi.PluginCapability.Service
        controller = csi.PluginCapability(service=kinds(type=kinds.CONTROLLER_SERVICE))
        return csi.GetPluginCapabilitiesResponse(capabilities=[controller])

    def Probe(self, request: Any, context: Any) -> Any:
        return csi.ProbeResponse(ready=wrappers.BoolValue(value=True))


class Controller(csi_rpc.ControllerServicer):
    """Makes and deletes volumes and snapshots."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ControllerGetCapabilities(self, request: Any, context: Any) -> Any:
        capability = csi.ControllerServiceCapability
        kinds = (capability.RPC.CREATE_DELETE_VOLUME, capability.RPC.CREATE_DELETE_SNAPSHOT)
        able = [capability(rpc=capability.RPC(type=kind)) for kind in kinds]
        return csi.ControllerGetCapabilitiesResponse(capabilities=able)

    def ValidateVolumeCapabilities(self, request: Any, context: Any) -> Any:
        answer = csi.ValidateVolumeCapabilitiesResponse
        confirmed = answer.Confirmed(volume_capabilities=request.volume_capabilities)
        return answer(confirmed=confirmed)

    @with_status
    def CreateVolume(self, request: Any, context: Any) -> Any:
        snapshot = request.volume_content_source.snapshot.snapshot_id
        volume = csi.Volume(
            volume_id=self._store.create_volume(request.name, snapshot),
            capacity_bytes=request.capacity_range.required_bytes,
        )
        if snapshot:
            volume.content_source.CopyFrom(request.volume_content_source)
        return csi.CreateVolumeResponse(volume=volume)

    @with_status
    def DeleteVolume(self, request: Any, context: Any) -> Any:
        self._store.delete_volume(request.volume_id)
        return csi.DeleteVolumeResponse()

    @with_status
    def CreateSnapshot(self, request: Any, context: Any) -> Any:
        snapshot_id = self._store.create_snapshot(request.name, request.source_volume_id)
        created = timestamps.Timestamp()
        created.FromSeconds(int(self._store.snapshot(snapshot_id).stat().st_ctime))
        snapshot = csi.Snapshot(
            snapshot_id=snapshot_id,
            source_volume_id=request.source_volume_id,
            creation_time=created,
            ready_to_use=True,
        )
        return csi.CreateSnapshotResponse(snapshot=snapshot)

    @with_status
    def DeleteSnapshot(self, request: Any, context: Any) -> Any:
        self._store.delete_snapshot(request.snapshot_id)
        return csi.DeleteSnapshotResponse()


class Node(csi_rpc.NodeServicer):
    """Mounts volumes into pods."""

    def __init__(self, store: Store, node_id: str) -> None:
        self._store = store
        self._node_id = node_id

    def NodeGetInfo(self, request: Any, context: Any) -> Any:
        return csi.NodeGetInfoResponse(node_id=self._node_id)

    def NodeGetCapabilities(self, request: Any, context: Any) -> Any:
        return csi.NodeGetCapabilitiesResponse()

    @with_status
    def NodePublishVolume(self, request: Any, context: Any) -> Any:
        target = Path(request.target_path)
        self._store.publish(request.volume_id, target, read_only=request.readonly)
        return csi.NodePublishVolumeResponse()

    @with_status
    def NodeUnpublishVolume(self, request: Any, context: Any) -> Any:
        self._store.unpublish(Path(request.target_path))
        return csi.NodeUnpublishVolumeResponse()


class Registration(registration_rpc.RegistrationServicer):
    """Tells kubelet where the driver listens (a node-driver-registrar does it elsewhere)."""

    def __init__(self, socket: str) -> None:
        self._socket = socket

    def GetInfo(self, request: Any, context: Any) -> Any:
        return registration.PluginInfo(
            type="CSIPlugin", name=NAME, endpoint=self._socket, supported_versions=["1.0.0"]
        )

    def NotifyRegistrationStatus(self, request: Any, context: Any) -> Any:
        print(f"registered: {request.plugin_registered} {request.error}", flush=True)
        return registration.RegistrationStatusResponse()


def _listen(server: grpc.Server, socket: str) -> None:
    Path(socket).unlink(missing_ok=True)
    server.add_insecure_port(f"unix://{socket}")
    server.start()


def main(socket: str, root: str, node_id: str, registration_socket: str) -> None:
    """Serves until it is killed."""
    store = Store(root=Path(root))
    driver = grpc.server(futures.ThreadPoolExecutor(8))
    csi_rpc.add_IdentityServicer_to_server(Identity(), driver)
    csi_rpc.add_ControllerServicer_to_server(Controller(store), driver)
    csi_rpc.add_NodeServicer_to_server(Node(store, node_id), driver)
    _listen(driver, socket)
    registrar = grpc.server(futures.ThreadPoolExecutor(2))
    registration_rpc.add_RegistrationServicer_to_server(Registration(socket), registrar)
    _listen(registrar, registration_socket)
    driver.wait_for_termination()


if __name__ == "__main__":
    main(*sys.argv[1:])
