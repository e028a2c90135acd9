"""Stand-in for Pulumi's random provider, RandomPassword only: the real one cannot be built.

The engine starts it as `pulumi-resource-random ENGINE`, reads a port from its output and calls it.
"""

import json
import os
import signal
import warnings
from collections.abc import Mapping
from concurrent import futures
from importlib import import_module
from typing import Any

import grpc
import random_password
from google.protobuf import json_format
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as proto

# Generated code makes its classes at run time, so no checker knows them.
structs: Any = import_module("google.protobuf.struct_pb2")
empties: Any = import_module("google.protobuf.empty_pb2")

VERSION = "4.21.4"
TYPE = "random:index/randomPassword:RandomPassword"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (the engine's mark for a secret value)
SCHEMA = {"name": "random", "version": VERSION, "resources": {TYPE: {}}}
SECRETS = ("result", "bcryptHash")


def plain(value: Any) -> Any:
    """A value without the marks around secrets."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return plain(value["value"])
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def marked(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs with the secret ones marked, so that the engine encrypts them in its state."""
    return {
        name: {SIGNATURE: SECRET, "value": value} if name in SECRETS else value
        for name, value in outputs.items()
    }


def read(message: Any) -> dict[str, Any]:
    return plain(json_format.MessageToDict(message))


def written(values: Mapping[str, Any]) -> Any:
    message = structs.Struct()
    message.update(values)
    return message


def bcrypt(password: str) -> str:
    """The hash that the real provider gives beside the password."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import crypt  # gone in Python 3.13; the lab runs on 3.11
    return crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH))  # noqa: S324 (that is bcrypt)


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The calls that the engine makes for a resource."""

    def Handshake(self, request: Any, context: Any) -> Any:
        return proto.ProviderHandshakeResponse(accept_secrets=True, accept_outputs=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        return proto.GetSchemaResponse(schema=json.dumps(SCHEMA))

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return proto.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        return proto.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        self._require_type(request.urn, context)
        problems = random_password.failures(read(request.news))
        failed = [proto.CheckFailure(property=name, reason=reason) for name, reason in problems]
        return proto.CheckResponse(inputs=request.news, failures=failed)

    def Diff(self, request: Any, context: Any) -> Any:
        old = random_password.with_defaults(read(request.old_inputs or request.olds))
        changed = random_password.replaced_by(
            old, random_password.with_defaults(read(request.news))
        )
        kind = proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE
        return proto.DiffResponse(changes=kind, replaces=changed, diffs=changed)

    def Create(self, request: Any, context: Any) -> Any:
        inputs = random_password.with_defaults(read(request.properties))
        if request.preview:
            return proto.CreateResponse(properties=written(inputs))
        result = random_password.generate(inputs)
        outputs = inputs | {"result": result, "bcryptHash": bcrypt(result)}
        return proto.CreateResponse(id="none", properties=written(marked(outputs)))

    def Read(self, request: Any, context: Any) -> Any:
        return proto.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    def Update(self, request: Any, context: Any) -> Any:
        return proto.UpdateResponse(properties=request.olds)

    def Delete(self, request: Any, context: Any) -> Any:
        return empties.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empties.Empty()

    def _require_type(self, urn: str, context: grpc.ServicerContext) -> None:
        if TYPE not in urn:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the stand-in has only {TYPE}")


def main() -> None:
    """Serves until the engine ends it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    server = grpc.server(futures.ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
