#!/usr/bin/env python3
"""What a model says of any number of pictures, worked out by a Spark cluster.

  spark-submit predict.py MODEL NAMES OUT [--partitions N] [--threads N] …

NAMES is a text file (or a folder of them) with a file name a line, or with --column Parquet. OUT is a folder
of Parquet files, a row for each picture; one that is there is not replaced. docs/scale.md has the contract.
"""
import argparse
import os
import shlex

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.utils import AnalysisException


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", help="its path on each node; of one that `spark-submit --files` "
                        "ships, its name alone")
    parser.add_argument("names", metavar="NAMES")
    parser.add_argument("out", metavar="OUT")
    parser.add_argument("--column", help="NAMES is Parquet, and this column has the file names")
    parser.add_argument("--partitions", type=int, help="parts of the work: what is lost with a worker. If not given, "
                        "one for each 2,000 names, and at least two for each worker")
    parser.add_argument("--threads", type=int, default=1, help="of each worker, which takes as many of Spark's cores")
    parser.add_argument("--cache", metavar="DIR", help="keep features there: a folder on a disk of each node itself, "
                        "never one that nodes share")
    parser.add_argument("--program", default="oneormany", help="its path on each node")
    parser.add_argument("--probabilities", action="store_true", help="of every class: a map")
    return parser.parse_args()


def main():
    args = arguments()
    spark = (SparkSession.builder.appName("oneormany predict")
             .config("spark.task.cpus", args.threads).getOrCreate())
    if args.column:
        names = spark.read.parquet(args.names).select(F.col(args.column).alias("file"))
    else:
        names = (spark.read.text(args.names, lineSep="\n")
                 .select(F.regexp_replace("value", r"\r\z", "").alias("file")).filter("file != ''"))
    if not names.head(1):  # Hadoop takes files whose names begin with _ or . for none
        raise SystemExit(f"{args.names}: has no names: give a file that has, and whose own name begins with a letter")

    # A line is a name, so a name that is no line never reaches a worker; its row says why.
    is_line = F.coalesce((F.col("file") != "") & ~F.col("file").contains("\n") & ~F.col("file").endswith("\r"),
                         F.lit(False))
    lines = names.filter(is_line)
    partitions = args.partitions or max(lines.count() // 2000 + 1,
                                        2 * spark.sparkContext.defaultParallelism // args.threads)

    command = [args.program, "predict", args.model, "-", "--format", "jsonl", "--failures-ok", "--quiet",
               "--threads", str(args.threads), *(["--cache", args.cache] if args.cache else ["--no-cache"]),
               *(["--probabilities"] if args.probabilities else [])]
    environment = {name: value for name, value in os.environ.items()
                   if name in ("PATH", "HOME") or name.startswith("ONEORMANY_")}
    # checkCode: a worker that ends with another code than 0 fails its task, and Spark does that part again.
    said = (lines.repartition(partitions).rdd.map(lambda row: row.file)
            .pipe(shlex.join(command), env=environment, checkCode=True).map(lambda line: (line,)))

    schema = ("file string, labels array<string>, probability double, score double, threshold double, "
              "error string, model string" + (", probabilities map<string, double>" if args.probabilities else ""))
    rows = (spark.createDataFrame(said, "line string")
            .select(F.from_json("line", schema, {"mode": "FAILFAST"}).alias("row")).select("row.*"))
    unspoken = names.filter(~is_line).select(
        "file", F.array().cast("array<string>").alias("labels"),
        F.lit("can't be handed to a worker: its name is empty or holds the end of a line: rename it").alias("error"))
    # Spark's own writer: what a task wrote counts when the task has ended, and once.
    rows.unionByName(unspoken, allowMissingColumns=True).write.parquet(args.out)

    written = spark.read.parquet(args.out)
    count = written.agg(F.count("*"), F.count("error"),
                        F.count(F.when(F.col("error").isNull() & (F.size("labels") == 0), 1))).first()
    print(f"{args.out}: {count[0]} rows; {count[2]} none of these, {count[1]} could not be read")


try:
    main()
except AnalysisException as error:  # no such path or column, or OUT is there already: the first line says which
    raise SystemExit(f"predict.py: {str(error).splitlines()[0]}")
