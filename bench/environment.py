"""fastai and PyTorch, pinned by hash, for the benchmarks that compare with them."""
import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENVIRONMENT = os.path.join(ROOT, "build", "fastai-env")
REQUIREMENTS = os.path.join(ROOT, "bench", "requirements-fastai.txt")


def make_environment():
    """Installs the pinned packages into build/fastai-env, once for each state of the pins."""
    with open(REQUIREMENTS, "rb") as f:
        wanted = hashlib.sha256(f.read()).hexdigest() + " {}.{}".format(*sys.version_info)
    stamp = os.path.join(ENVIRONMENT, "stamp")
    if os.path.exists(stamp) and open(stamp).read() == wanted:
        return
    if sys.version_info[:2] not in ((3, 11), (3, 12)):
        sys.exit(f"{REQUIREMENTS} pins packages for Python 3.11 and 3.12; "
             f"run with one of these, this is {sys.version.split()[0]}")
    print("installing fastai and PyTorch into build/fastai-env (about 2 GB to fetch, 5 GB on disk)",
          flush=True)
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    # A --target folder and not a venv: Debian keeps venv in a package of its own.
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps",
                           "--disable-pip-version-check", "--root-user-action=ignore",
                           "--require-hashes", "--only-binary=:all:",
                           "--target", ENVIRONMENT, "-r", REQUIREMENTS])
    if done.returncode:
        sys.exit("pip could not install bench/requirements-fastai.txt")
    with open(stamp, "w") as f:
        f.write(wanted)
