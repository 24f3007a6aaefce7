#!/usr/bin/env python3
"""integrations/slurm/predict.sbatch as Slurm runs it: bash, with the environment of each task of an array job.

    slurm_test.py PROGRAM PICTURES        PICTURES: of script/demo-pictures
"""
import json
import os
import subprocess
import sys
import unittest

from workers import PROGRAM, ROOT, WorkersTest, canonical

SCRIPT = os.path.join(ROOT, "integrations", "slurm", "predict.sbatch")
PARTS = 3

# The program, but it is killed, and the script with it, when it has given five rows.
DYING = """#!/bin/bash
head -n 5 <("{program}" "$@")
kill -9 $PPID
"""


class Slurm(WorkersTest):
    def task(self, part, out, program=PROGRAM, options=(), **environment):
        """Runs one task; its exit code and the time at which its file was written, if it is there."""
        ran = subprocess.run(["bash", SCRIPT, self.model, self.names_file, out, *options], cwd=self.dir, capture_output=True,
                             text=True, env={**os.environ, "SLURM_ARRAY_TASK_ID": str(part),
                                             "SLURM_ARRAY_TASK_MAX": str(PARTS), "SLURM_ARRAY_TASK_COUNT": str(PARTS),
                                             "SLURM_JOB_ID": f"7{part}", "SLURM_CPUS_PER_TASK": "1",
                                             "ONEORMANY": program, **environment})
        file = os.path.join(self.dir, out, f"{part}-of-{PARTS}.jsonl")
        return ran, os.stat(file).st_mtime_ns if os.path.exists(file) else None

    def rows(self, out):
        rows = []
        for name in os.listdir(os.path.join(self.dir, out)):
            self.assertRegex(name, rf"^[1-3]-of-{PARTS}\.jsonl$")
            with open(os.path.join(self.dir, out, name), "rb") as file:
                rows += [json.loads(line) for line in file]
        for row in rows:
            del row["format"]
        return rows

    def setUp(self):
        self.names_file = self.write_names(self.names)

    def test_all_tasks_equal_one_run_and_a_killed_one_is_done_again(self):
        dying = os.path.join(self.dir, "dying")
        with open(dying, "w") as out:
            out.write(DYING.format(program=PROGRAM))
        os.chmod(dying, 0o755)
        ran, written = self.task(2, "out", dying)
        self.assertEqual(ran.returncode, -9)
        self.assertIsNone(written)  # half a part is no part
        self.assertEqual(os.listdir(os.path.join(self.dir, "out")), ["2-of-3.jsonl.72.part"])
        times = {}
        for part in range(1, PARTS + 1):
            ran, times[part] = self.task(part, "out")
            self.assertEqual(ran.returncode, 0, ran.stderr)
        for part in range(1, PARTS + 1):  # again: nothing is done
            ran, written = self.task(part, "out", "/bin/false")
            self.assertEqual((ran.returncode, written), (0, times[part]), ran.stderr)
            self.assertIn("is there already", ran.stdout)
        self.assertEqual(canonical(self.rows("out")), canonical(self.one_run(self.names)))

    def test_a_failed_program_leaves_no_file(self):
        ran, written = self.task(1, "failed", "/bin/false")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIsNone(written)
        self.assertEqual(os.listdir(os.path.join(self.dir, "failed")), [])

    def test_some_tasks_of_an_array(self):
        ran, _ = self.task(3, "some", SLURM_ARRAY_TASK_COUNT="1")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("ONEORMANY_PARTS", ran.stderr)
        ran, written = self.task(3, "some", SLURM_ARRAY_TASK_COUNT="1", ONEORMANY_PARTS=str(PARTS))
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIsNotNone(written)

    def test_as_many_threads_as_processors_and_options_go_on_to_the_program(self):
        told = os.path.join(self.dir, "told")
        with open(told, "w") as out:
            out.write('#!/bin/bash\necho "$ONEORMANY_THREADS threads: $*"\n')
        os.chmod(told, 0o755)
        ran, _ = self.task(1, "threads", told, ["--probabilities", "--threads", "8"], SLURM_CPUS_PER_TASK="4")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        with open(os.path.join(self.dir, "threads", f"1-of-{PARTS}.jsonl")) as file:
            self.assertRegex(file.read(), r"^4 threads: predict .* --shard 1/3 --probabilities --threads 8\n$")
        # Of the two the program takes the option.
        ran, written = self.task(1, "eight", options=["--threads", "8"])
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIsNotNone(written)

    def test_without_slurm_it_says_how_it_is_started(self):
        ran, _ = self.task(1, "alone", SLURM_ARRAY_TASK_ID="")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("usage: sbatch --array=1-N", ran.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
