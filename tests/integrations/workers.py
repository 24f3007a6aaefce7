"""What the tests of integrations/ share: a model, names, and what one run of the program says of them."""
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM, PICTURES = map(os.path.abspath, sys.argv[1:3])  # PICTURES: of script/demo-pictures


def canonical(rows):
    """A line of bytes for each row, sorted."""
    return b"\n".join(sorted(json.dumps(row, sort_keys=True, ensure_ascii=False).encode() for row in rows))


class WorkersTest(unittest.TestCase):
    """self.names: of pictures, three of which can't be read."""

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="oneormany-workers-")
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        cls.model = os.path.join(cls.dir, "model.oom")
        classes = {}
        for name in ("buildings", "flags"):
            folder = os.path.join(PICTURES, "classes", name)
            classes[name] = [os.path.join(folder, file) for file in sorted(os.listdir(folder))]
            os.makedirs(os.path.join(cls.dir, "train", name))
            for file in classes[name][:25]:
                os.symlink(os.path.realpath(file), os.path.join(cls.dir, "train", name, os.path.basename(file)))
        subprocess.run([PROGRAM, "train", "train", "-o", cls.model, "--out", "report", "--background", "none",
                        "--no-cache", "--quiet"], cwd=cls.dir, check=True, stdout=subprocess.DEVNULL)
        with open(classes["flags"][30], "rb") as flag:
            flag = flag.read()
        odd = []
        for name, data in (("it's \"one\", é.png", flag), ("text.png", b"no picture"), ("empty.png", b"")):
            odd.append(os.path.join(cls.dir, name))
            with open(odd[-1], "wb") as out:
                out.write(data)
        cls.names = classes["flags"][25:60] + classes["buildings"][25:35] + odd + [os.path.join(cls.dir, "missing.png")]

    def one_run(self, names):
        """The rows of the program, given all names at once."""
        ran = subprocess.run([PROGRAM, "predict", self.model, "-", "--format", "jsonl", "--failures-ok", "--no-cache",
                              "--quiet"], input="".join(name + "\n" for name in names).encode(),
                             stdout=subprocess.PIPE, check=True)
        rows = [json.loads(line) for line in ran.stdout.splitlines()]
        for row in rows:
            self.assertEqual(row.pop("format"), "oneormany-predictions-1")
        return rows

    def write_names(self, names):
        """A list with the ends of lines of both kinds."""
        file = os.path.join(self.dir, self.id().split(".")[-1] + ".txt")
        with open(file, "w", newline="") as out:
            out.writelines(name + end for name, end in zip(names, itertools.cycle(["\n", "\r\n"])))
        return file
