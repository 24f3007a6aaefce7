#!/usr/bin/env python3
"""integrations/spark/predict.py on a real cluster of two workers, beside one run of the program.

    spark_test.py PROGRAM PICTURES        PICTURES: of script/demo-pictures

Needs Java, and pyspark and pyarrow in build/spark-env (script/setup --tests). Exits with 77, which ctest knows as
skipped, where one of them is missing.
"""
import os
import shutil
import subprocess
import sys
import unittest

from workers import PROGRAM, ROOT, WorkersTest, canonical

ENVIRONMENT = os.path.join(ROOT, "build", "spark-env")
SCRIPT = os.path.join(ROOT, "integrations", "spark", "predict.py")
sys.path.insert(0, ENVIRONMENT)
try:
    import pyarrow
    import pyarrow.parquet
    import pyspark  # noqa: F401
except ImportError as error:
    print(f"skipped: {error}: script/setup --tests installs it")
    sys.exit(77)
if not shutil.which("java"):
    print("skipped: java is missing: script/setup --tests installs it")
    sys.exit(77)

CLUSTER = "local-cluster[2,1,512]"
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # what takes a minute need not be compiled well

# The program, but the first worker is killed when it has given five rows.
DYING_ONCE = """#!{python}
import os, signal, subprocess, sys
command = ["{program}", *sys.argv[1:]]
try:
    os.mkdir("{killed}")
except FileExistsError:
    os.execv(command[0], command)
worker = subprocess.Popen(command, stdout=subprocess.PIPE)
for _ in range(5):
    os.write(1, worker.stdout.readline())
worker.send_signal(signal.SIGKILL)
worker.wait()
os.kill(os.getpid(), signal.SIGKILL)
"""


class Spark(WorkersTest):
    def submit(self, master, names, out, *arguments, options=()):
        """Runs the script (options: of spark-submit); returns how it ended, and Spark's log without its informative lines."""
        command = [os.path.join(ENVIRONMENT, "bin", "spark-submit"), "--master", master,
                   "--driver-memory", "512m", "--conf", "spark.executor.memory=512m", "--driver-java-options", QUICK_JAVA,
                   "--conf", f"spark.executor.extraJavaOptions={QUICK_JAVA}",
                   "--conf", "spark.sql.codegen.wholeStage=false", "--conf", "spark.ui.enabled=false", "--conf", f"spark.local.dir={self.dir}",
                   *options, SCRIPT, self.model, names, out, "--program", PROGRAM, *arguments]
        ran = subprocess.run(command, cwd=self.dir, capture_output=True, text=True,
                             env={**os.environ, "PYTHONPATH": ENVIRONMENT, "PYSPARK_PYTHON": sys.executable,
                                  "SPARK_LOCAL_IP": "127.0.0.1"})
        return ran, [line for line in ran.stderr.splitlines() if "INFO" not in line and not line.startswith("\tat ")]

    def spark(self, master, *arguments, options=()):
        """The rows of its Parquet files, and what Spark logged."""
        out = os.path.join(self.dir, self.id().split(".")[-1])
        ran, errors = self.submit(master, arguments[0], out, *arguments[1:], options=options)
        self.assertEqual(ran.returncode, 0, "\n".join(errors)[:4000])
        rows = pyarrow.parquet.read_table(out).to_pylist()
        self.assertIn(f": {len(rows)} rows;", ran.stdout)
        return rows, ran.stderr

    def test_equals_one_run_though_a_worker_is_killed(self):
        expected = self.one_run(self.names)
        self.assertEqual(len(expected), len(self.names))
        self.assertEqual(sum(row["error"] is not None for row in expected), 3)  # bad pictures are rows
        dying = os.path.join(self.dir, "dying")
        with open(dying, "w") as out:
            out.write(DYING_ONCE.format(python=sys.executable, program=PROGRAM, killed=dying + ".killed"))
        os.chmod(dying, 0o755)
        # Spark brings the model to the folder in which each worker starts: there its name is enough.
        model, self.model = self.model, os.path.basename(self.model)
        rows, log = self.spark(CLUSTER, self.write_names(self.names), "--partitions", "3", "--program", dying,
                               options=["--files", model])
        self.assertTrue(os.path.exists(dying + ".killed"))
        self.assertIn("Lost task", log)
        self.assertIn("exited with error code -9", log)
        self.assertEqual(canonical(rows), canonical(expected))

    def test_more_partitions_than_names_and_names_that_are_no_lines(self):
        names = self.names[:3]
        bad = ["", "two\nlines.png", "return.png\r", None]
        file = os.path.join(self.dir, "names.parquet")
        pyarrow.parquet.write_table(pyarrow.table({"n": [1] * 7, "path": names + bad}), file)
        rows, _ = self.spark("local[2]", file, "--column", "path", "--partitions", "5", "--probabilities",
                             "--cache", os.path.join(self.dir, "cache"))
        self.assertEqual(len(rows), 7)
        unread = [row for row in rows if row["error"]]
        self.assertCountEqual([row["file"] for row in unread], bad)
        for row in unread:
            self.assertIn("rename it", row["error"])
            self.assertEqual(row["labels"], [])
        good = [row for row in rows if not row["error"]]
        for row in good:
            said = dict(row.pop("probabilities"))
            self.assertEqual(set(said), {"buildings", "flags"})
            self.assertAlmostEqual(max(said.values()), row["probability"], places=6)
        self.assertEqual(canonical([{**row, "error": None} for row in good]), canonical(self.one_run(names)))
        self.assertTrue(os.path.exists(os.path.join(self.dir, "cache", "features.db")))

    def test_what_is_missing_or_there_already_is_one_line(self):
        file = self.write_names(self.names[:1])
        hidden = os.path.join(self.dir, "_names.txt")  # for Hadoop it isn't there
        shutil.copy(file, hidden)
        empty = os.path.join(self.dir, "empty.txt")
        with open(empty, "w") as out:
            out.write("\n\r\n")
        there = os.path.join(self.dir, "there")
        os.mkdir(there)
        missing = os.path.join(self.dir, "missing.txt")
        out = os.path.join(self.dir, "nothing")
        for names, to, why in ((hidden, out, f"{hidden}: has no names: "), (empty, out, f"{empty}: has no names: "),
                               (missing, out, "PATH_NOT_FOUND"), (file, there, "PATH_ALREADY_EXISTS")):
            with self.subTest(why):
                ran, errors = self.submit("local[1]", names, to)
                self.assertEqual(ran.returncode, 1)
                self.assertRegex(ran.stdout, r"^.*\n$", errors)  # where spark-submit hands on Python's errors
                self.assertIn(why, ran.stdout)
        self.assertFalse(os.path.exists(out))
        self.assertEqual(os.listdir(there), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
