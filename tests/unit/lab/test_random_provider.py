import subprocess
import sys
from importlib import import_module
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc

from lab import paths

URN = "urn:pulumi:s::p::random:index/randomPassword:RandomPassword::ui"
# Made at run time, so no checker knows it.
structs: Any = import_module("google.protobuf.struct_pb2")
SIGNATURE = "4dabf18193072939515e22adb298388d"


@pytest.fixture(scope="module")
def provider():
    program = [sys.executable, "-u", str(paths.STANDINS / "random_provider.py"), "127.0.0.1:1"]
    process = subprocess.Popen(program, stdout=subprocess.PIPE)
    assert process.stdout is not None
    port = int(process.stdout.readline())
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    yield provider_pb2_grpc.ResourceProviderStub(channel)
    channel.close()
    process.terminate()
    assert process.wait() == 0
    process.stdout.close()


def struct(**values):
    message = structs.Struct()
    message.update(values)
    return message


def create(provider, **inputs):
    request = proto.CreateRequest(urn=URN, properties=struct(**inputs))
    return json_format.MessageToDict(provider.Create(request).properties)


def test_the_password_and_its_hash_are_marked_as_secrets(provider):
    outputs = create(provider, length=24)
    assert len(outputs["result"]["value"]) == 24
    assert outputs["bcryptHash"]["value"].startswith("$2b$")
    assert all(SIGNATURE in outputs[name] for name in ("result", "bcryptHash"))
    assert outputs["length"] == 24


def test_a_preview_makes_no_password(provider):
    request = proto.CreateRequest(urn=URN, properties=struct(length=24), preview=True)
    assert "result" not in json_format.MessageToDict(provider.Create(request).properties)


def test_the_same_inputs_keep_the_password(provider):
    old = struct(**create(provider, length=24))
    request = proto.DiffRequest(urn=URN, olds=old, news=struct(length=24))
    assert provider.Diff(request).changes == proto.DiffResponse.DIFF_NONE


def test_another_length_replaces_it(provider):
    old = struct(**create(provider, length=24))
    answer = provider.Diff(proto.DiffRequest(urn=URN, olds=old, news=struct(length=30)))
    assert list(answer.replaces) == ["length"]


def test_a_wrong_input_is_named(provider):
    answer = provider.Check(proto.CheckRequest(urn=URN, news=struct(length=0)))
    assert [failure.property for failure in answer.failures] == ["length"]


def test_another_resource_is_refused(provider):
    urn = "urn:pulumi:s::p::random:index/randomUuid:RandomUuid::x"
    with pytest.raises(grpc.RpcError) as refused:
        provider.Check(proto.CheckRequest(urn=urn, news=struct()))
    assert "the stand-in has only" in str(refused.value)
