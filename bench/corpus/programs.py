# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sources, builds and workloads of the corpus.

Sources come from Debian through an apt state of our own, so that nothing
under /etc/apt changes. What cannot be had is reported and left out.
"""
import glob
import os
import shlex
import shutil
import subprocess
import sys
import time
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDER = os.path.join(os.path.dirname(os.path.dirname(HERE)), "utils",
                        "lifetime-recorder", "flags.txt")
APT = """Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{0}/parts";
Dir::State::lists "{0}/lists";
Dir::Cache "{0}/cache";
APT::Sandbox::User "root";
"""


def read_table():
    with open(os.path.join(HERE, "packages.toml"), "rb") as file:
        return tomllib.load(file)


def recorder_flags():
    with open(RECORDER, encoding="utf-8") as file:
        return [word for line in file if not line.startswith("#")
                for word in line.split()]


def source_folder(options, name):
    """The unpacked sources of a program, or None."""
    package = options.table_of_programs[name]["debian"]
    found = [path for path in glob.glob(
        f"{options.folder}/src/{package}-[0-9]*") if os.path.isdir(path)]
    return max(found, default=None)


def build_folder(options, name, mode="rel"):
    return f"{options.folder}/build/{name}/{mode}"


def available(options, mode="rel"):
    """Those of the chosen programs that are configured in this mode."""
    for name in options.names:
        folder = build_folder(options, name, mode)
        if os.path.exists(f"{folder}/compile_commands.json"):
            yield name
        else:
            print(f"{name}: not built in mode {mode}, left out",
                  file=sys.stderr)


def private_apt(folder):
    """Apt's source lists with `deb-src` for `deb`, in a state of our own."""
    state = f"{folder}/apt"
    for part in ("parts", "lists/partial", "cache/archives/partial"):
        os.makedirs(f"{state}/{part}", exist_ok=True)
    rewrites = [(path, "Types: deb\n", "Types: deb-src\n")
                for path in glob.glob("/etc/apt/sources.list.d/*.sources")]
    rewrites += [(path, "deb ", "deb-src ")
                 for path in ["/etc/apt/sources.list"]
                 + glob.glob("/etc/apt/sources.list.d/*.list")]
    for path, old, new in rewrites:
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as file:
            lines = [new + line[len(old):] if line.startswith(old) else line
                     for line in file]
        with open(f"{state}/parts/{os.path.basename(path)}", "w",
                  encoding="utf-8") as file:
            file.writelines(lines)
    with open(f"{state}/apt.conf", "w", encoding="utf-8") as file:
        file.write(APT.format(state))
    return dict(os.environ, APT_CONFIG=f"{state}/apt.conf")


def fetch(options):
    sources = f"{options.folder}/src"
    os.makedirs(sources, exist_ok=True)
    environment = private_apt(options.folder)
    missing = [name for name in options.names
               if not source_folder(options, name)]
    if missing:
        subprocess.run(["apt-get", "update", "-qq"], env=environment,
                       check=True)
    for name in missing:
        row = options.table_of_programs[name]
        done = subprocess.run(
            ["apt-get", "source", "-qq", row["debian"]], cwd=sources,
            env=environment, capture_output=True, text=True, check=False)
        folder = source_folder(options, name)
        if done.returncode or not folder:
            print(f"{name}: cannot be had, left out: "
                  f"{done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            continue
        for command in row.get("prepare", []):
            subprocess.run(command, shell=True, cwd=folder, check=True)
    for name in options.names:
        print(f"{name}: {source_folder(options, name) or 'missing'}")
    return 0


def generate(options):
    subprocess.run([sys.executable, f"{HERE}/gen_data.py",
                    f"{options.folder}/data"], check=True)
    return 0


def compile_flags(options):
    if options.mode == "recorder":
        return recorder_flags() + ["-w"] + shlex.split(options.flags)
    return ["-O2", "-g", "-w"] + shlex.split(options.flags)


def configure_command(options, name, source, folder):
    flags = " ".join(compile_flags(options))
    command = ["cmake", "-S", source, "-B", folder, "-G", "Ninja",
               "-DCMAKE_BUILD_TYPE=None", "-DBUILD_SHARED_LIBS=OFF",
               "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
               "-DCMAKE_C_COMPILER=clang-22",
               "-DCMAKE_CXX_COMPILER=clang++-22",
               f"-DCMAKE_C_FLAGS={flags}", f"-DCMAKE_CXX_FLAGS={flags}",
               "-DCMAKE_EXE_LINKER_FLAGS="
               + getattr(options, "link_flags", ""),
               "-DCMAKE_CXX_STANDARD_LIBRARIES="
               + getattr(options, "libraries", "")]
    standard = getattr(options, "cxx_standard", "")
    if standard:  # behind what the program's own files say
        command.append("-DCMAKE_CXX_COMPILE_OBJECT=<CMAKE_CXX_COMPILER> "
                       "<DEFINES> <INCLUDES> <FLAGS> "
                       f"-std=gnu++{standard} -o <OBJECT> -c <SOURCE>")
    return command + [f"-D{each}"
                      for each in options.table_of_programs[name]["cmake"]]


def build_one(options, name):
    source = source_folder(options, name)
    if not source:
        print(f"{name}: no sources, left out (corpus.py fetch)")
        return 0
    folder = build_folder(options, name, options.mode)
    os.makedirs(folder, exist_ok=True)
    configure = configure_command(options, name, source, folder)
    steps = [configure]
    if not options.configure_only:
        needed = (options.table_of_programs[name]["targets"]
                  if getattr(options, "needed", False) else [])
        steps.append(["ninja", "-C", folder, f"-j{options.jobs}", *needed])
    began = time.time()
    with open(f"{folder}.log", "w", encoding="utf-8") as log:
        for step in steps:
            if subprocess.run(step, stdout=log, stderr=log,
                              check=False).returncode:
                print(f"{name} {options.mode}: FAILED, see {folder}.log")
                return 1
    print(f"{name} {options.mode}: {time.time() - began:.0f} s", flush=True)
    return 0


def build(options):
    return max([build_one(options, name) for name in options.names])


def workload_one(options, name, pre="", quiet=False):
    """Runs a workload; False if a command failed."""
    scratch = f"{options.folder}/tmp/{name}.{options.mode}"
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    places = {"build": build_folder(options, name, options.mode),
              "source": source_folder(options, name),
              "data": f"{options.folder}/data", "pre": pre}
    for command in options.table_of_programs[name]["work"]:
        output = subprocess.DEVNULL if quiet else None
        if subprocess.run(command.format(**places), shell=True, cwd=scratch,
                          stdout=output, stderr=output,
                          check=False).returncode:
            print(f"{name}: failed: {command.format(**places)}",
                  file=sys.stderr)
            return False
    return True


def workload(options):
    names = list(available(options, options.mode))
    return 0 if all([workload_one(options, name, options.pre)
                     for name in names]) else 1
