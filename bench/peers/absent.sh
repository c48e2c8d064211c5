# Read by each start: where peers are installed, and how one says that it is not.
peers=${SOJOURN_BENCH_PEERS:-$HOME/.cache/sojourn-bench-peers}
absent() {
  echo "not installed: $1"
  exit 77
}
