"""Stand-in for Pulumi's Python language host: runs programs and policy packs for CLI 3.252.

The engine starts it as `pulumi-language-python ENGINE`, reads a port from its output and calls it.
`pulumi-language-python-exec` must lie beside the wrapper that started us; its folder is on PATH.
"""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import IO, Any

import grpc
from pulumi.runtime.proto import language_pb2 as proto
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

VERSION = "3.252.0"
BAIL = 32  # the program's exit code after it has shown its own error
CHUNK = 4096
# In the words of the real host.
NO_VIRTUALENV = (
    'The \'virtualenv\' option in Pulumi.yaml is set to "{option}", but "{path}" {state}; '
    "run the following commands to create the virtual environment and install dependencies into it:"
    "\n\n    1. python3 -m venv {path}\n    2. {python} -m pip install -r requirements.txt\n"
)


class NoVirtualenv(Exception):
    """The virtualenv that a project names cannot be used."""


def virtualenv(info: Any) -> Path | None:
    """The path of the virtualenv that the project names."""
    option = dict(info.options).get("virtualenv", "")
    return Path(os.path.normpath(Path(info.root_directory, option))) if option else None


def program_python(info: Any) -> str:
    """The interpreter of the virtualenv that the project names, else our own.

    Raises NoVirtualenv where there is none: the real host takes no other instead.
    """
    path = virtualenv(info)
    if path is None:
        return sys.executable
    python = path / "bin" / "python"
    if python.exists():
        return str(python)
    state = "doesn't appear to be a virtual environment" if path.exists() else "doesn't exist"
    option = dict(info.options)["virtualenv"]
    raise NoVirtualenv(NO_VIRTUALENV.format(option=option, path=path, state=state, python=python))


def install_commands(info: Any) -> Iterator[list[str]]:
    """The commands that create and fill a project's virtualenv, as the real host does."""
    path, python = virtualenv(info), sys.executable
    if path is not None:
        yield [python, "-m", "venv", str(path)]
        python = str(path / "bin" / "python")
    yield [python, "-m", "pip", "install", "--upgrade", "pip", "setuptools", "wheel"]
    if os.path.exists(os.path.join(info.program_directory, "requirements.txt")):
        yield [python, "-m", "pip", "install", "-r", "requirements.txt"]


def program_command(request: Any, engine: str, executor: str) -> list[str]:
    """The command line that runs a Pulumi program."""
    info = request.info
    entry = info.program_directory
    if info.entry_point not in ("", "."):
        entry = os.path.join(entry, info.entry_point)
    options = {
        "project": request.project,
        "stack": request.stack,
        "root_directory": info.root_directory,
        "monitor": request.monitor_address,
        "engine": engine,
        "organization": request.organization,
        "parallel": str(request.parallel),
        "dry_run": str(request.dryRun).lower(),
        "pwd": request.pwd,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [program_python(info), "-u", executor, *words, entry]


def plugin_command(request: Any) -> list[str]:
    """The command line that runs a plugin written in Python; an analyzer is a policy pack."""
    python, folder = program_python(request.info), request.info.program_directory
    if request.kind == "analyzer":
        return [python, "-u", "-m", "pulumi.policy", *request.args, folder]
    return [python, "-u", folder, *request.args]


def output(process: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """The output of a process on both streams, as it comes."""
    chunks: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def pump(name: str, stream: IO[bytes]) -> None:
        while chunk := os.read(stream.fileno(), CHUNK):
            chunks.put((name, chunk))
        chunks.put((name, b""))

    streams = {"stdout": process.stdout, "stderr": process.stderr}
    for name, stream in streams.items():
        threading.Thread(target=pump, args=(name, stream), daemon=True).start()
    open_streams = len(streams)
    while open_streams:
        name, chunk = chunks.get()
        if chunk:
            yield name, chunk
        else:
            open_streams -= 1


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The calls that the engine makes for a language."""

    def __init__(self, engine: str, executor: str) -> None:
        self._engine = engine
        self._executor = executor

    def Handshake(self, request: Any, context: Any) -> Any:
        return proto.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:
        return proto.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:
        return proto.GetRequiredPackagesResponse()

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:
        return proto.RuntimeOptionsResponse()

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:
        return proto.GetProgramDependenciesResponse()

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:
        for command in install_commands(request.info):
            process = subprocess.Popen(
                command,
                cwd=request.info.program_directory,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            for name, chunk in output(process):
                yield proto.InstallDependenciesResponse(**{name: chunk})
            if process.wait():
                context.abort(
                    grpc.StatusCode.UNKNOWN, f"{' '.join(command)}: exit {process.wait()}"
                )

    def About(self, request: Any, context: Any) -> Any:
        python = _python(request.info, context)
        return proto.AboutResponse(executable=python, version=sys.version.split()[0])

    def Run(self, request: Any, context: Any) -> Any:
        _python(request.info, context)
        secret_keys = json.dumps(list(request.configSecretKeys))
        config = {"PULUMI_CONFIG": json.dumps(dict(request.config))}
        config["PULUMI_CONFIG_SECRET_KEYS"] = secret_keys
        command = program_command(request, self._engine, self._executor)
        run = subprocess.run(command, cwd=request.pwd, env={**os.environ, **config}, check=False)
        if run.returncode == BAIL:
            return proto.RunResponse(bail=True)
        failed = f"program exited with non-zero exit code: {run.returncode}"
        return proto.RunResponse(error=failed if run.returncode else "")

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:
        _python(request.info, context)
        environment = dict(pair.split("=", 1) for pair in request.env)
        process = subprocess.Popen(
            plugin_command(request),
            cwd=request.pwd,  # the project's folder, also for a pack from elsewhere
            env=environment or dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        context.add_callback(process.kill)
        for name, chunk in output(process):
            yield _part(name, chunk)
        yield proto.RunPluginResponse(exitcode=process.wait())


def _python(info: Any, context: Any) -> str:
    """The program's interpreter; ends the call where there is none."""
    try:
        return program_python(info)
    except NoVirtualenv as missing:
        context.abort(grpc.StatusCode.UNKNOWN, str(missing))
        raise


def _part(stream: str, chunk: bytes) -> Any:
    if stream == "stdout":
        return proto.RunPluginResponse(stdout=chunk)
    return proto.RunPluginResponse(stderr=chunk)


def main() -> None:
    """Serves until the engine ends it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    engine = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    executor = shutil.which("pulumi-language-python-exec")
    if executor is None:
        sys.exit("pulumi-language-python-exec is not on PATH")
    server = grpc.server(futures.ThreadPoolExecutor(16))
    host = LanguageHost(engine, executor)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
