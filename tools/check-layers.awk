# Prints each #include that breaks the layers, as FILE:LINE: what, and fails when there is one.

BEGIN {
  # What a folder may include besides itself. The longest folder that a path begins with counts.
  may["sdk"] = ""
  may["runtime/base"] = ""
  may["runtime/crypto"] = "runtime/base"
  may["runtime/loop"] = "runtime/base"
  may["runtime/database"] = "runtime/base"
  may["runtime/state"] = "runtime/base runtime/database"
  may["loader"] = "runtime/base runtime/crypto sdk"
  protocols = "runtime/base sdk runtime/sandbox/protocol"
  may["runtime/sandbox/protocol"] = "runtime/base sdk"
  may["runtime/sandbox/policy"] = protocols
  may["runtime/sandbox/template"] = protocols " runtime/sandbox/policy runtime/crypto"
  may["runtime/sandbox/warden"] = may["runtime/sandbox/template"] " runtime/sandbox/template"
  may["runtime/sandbox/host"] = protocols " runtime/loop runtime/crypto"
  may["runtime/egress"] = "runtime/base runtime/loop runtime/sandbox/host runtime/sandbox/policy"
  may["runtime/pool"] = "runtime/egress runtime/base runtime/loop runtime/crypto sdk runtime/sandbox/protocol runtime/sandbox/host"
  may["runtime/call"] = may["runtime/pool"] " runtime/pool runtime/state"
  may["runtime/json"] = "runtime/base"
  may["runtime/outgoing"] = "runtime/base runtime/loop runtime/crypto"
  may["runtime/event/envelope"] = "runtime/base runtime/crypto runtime/json"
  may["runtime/event/journal"] = "runtime/base runtime/crypto runtime/loop runtime/database"
  may["runtime/event/timing"] = "runtime/base"
  may["runtime/event/triggers"] = "runtime/base runtime/json runtime/crypto runtime/event/envelope runtime/event/journal"
  may["runtime/event/sources"] = "runtime/base runtime/crypto runtime/loop runtime/event/envelope runtime/event/journal runtime/event/timing runtime/event/triggers"
  may["runtime/event/dispatch"] = may["runtime/call"] " runtime/call runtime/json runtime/outgoing runtime/event"
  may["gateway/http"] = "runtime/base runtime/loop runtime/crypto"
  may["gateway/built_ins"] = "runtime/base runtime/crypto loader"
  may["gateway"] = may["gateway/supervisor"] = may["gateway/cli"] = "runtime loader gateway"
  may["functions"] = "sdk"
  may["examples"] = "sdk"
  may["bench"] = "sdk bench runtime loader gateway"
  may["tests"] = "sdk runtime loader gateway tests"

  # The runtime sees what the loader says about a function as plain data.
  plain["loader/artifact.h"] = plain["loader/function_config.h"] = plain["loader/deployment.h"] = 1
  plain["loader/pipeline.h"] = plain["loader/match.h"] = plain["loader/retry_policy.h"] = 1

  # The one place where a library is used.
  only["uv.h"] = "runtime/loop"
  only["sqlite3.h"] = "runtime/database"
  only["llhttp.h"] = "gateway/http"
  only["git2.h"] = only["libfyaml.h"] = "loader"
  only["seccomp.h"] = "runtime/sandbox/policy"
  only["date/tz.h"] = "runtime/event/timing"
  only["CLI/CLI.hpp"] = "gateway/cli"
  curl_users["gateway/cli"] = curl_users["runtime/outgoing"] = 1
}

function folder_of(path,    best, folder) {
  best = ""
  for (folder in may) {
    if (index(path, folder "/") == 1 && length(folder) > length(best)) best = folder
  }
  return best
}

function complain(what) {
  printf "%s:%d: %s\n", FILENAME, FNR, what
  broken = 1
}

function allowed(from, target,    parts, count, i) {
  if (from == "" || target == "" || index(target "/", from "/") == 1) return 1
  count = split(may[from], parts, " ")
  for (i = 1; i <= count; i++) if (index(target "/", parts[i] "/") == 1) return 1
  return 0
}

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
  match($0, /["<][^">]*[">]/)
  target = substr($0, RSTART + 1, RLENGTH - 2)
  from = folder_of(FILENAME)
  is_test = FILENAME ~ /(_test\.(cpp|c)|_stage\.h)$/

  if (target ~ /^sojourn\//) target = "sdk/include/" target
  if (target in only && from != only[target] && from != "bench" && from != "tests")
    complain("only " only[target] " includes <" target ">, not " (from == "" ? "the top" : from))
  if (target == "curl/curl.h" && !(from in curl_users) && from != "bench" && from != "tests")
    complain("only gateway/cli and runtime/outgoing include <curl/curl.h>, not " from)
  if (target ~ /^openssl\// && from != "runtime/crypto" && from != "bench")
    complain("only runtime/crypto includes <" target ">, not " from)

  target_folder = folder_of(target)
  # A test beside its source may use what tests share, and whatever it takes to be real.
  if (is_test || target in plain && from ~ /^runtime\/(sandbox|pool|call|event)/) next
  if (target_folder != "" && !allowed(from, target_folder))
    complain(from " may not include " target " of " target_folder)
}

END { exit broken }
