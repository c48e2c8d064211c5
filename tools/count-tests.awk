# Reads ctest's LastTest.log and prints one closing line over all programs: N passed, N failed, N skipped.
#
# A doctest program counts by its cases; what is no doctest program counts as one. A case that cannot run on a host
# says MESSAGE("skipped by name: WHAT (WHY)"); those are listed, and not counted as passed. A program that fails
# although all of its cases passed (a leak, a crash at the end, a time-out) counts as one more failure.

function finish_program() {
  if (name == "") return
  if (!counted && skipped_whole) { skipped++; list = list "  skipped: " name "\n" }
  else if (!counted && passed_whole) passed++
  else if (!counted) { failed++; list = list "  failed: " name "\n" }
  else if (!passed_whole && !failures) { failed++; list = list "  failed: " name " (after its cases had passed)\n" }
  name = ""
}

/^[0-9]+\/[0-9]+ Testing: / {
  finish_program()
  name = substr($0, index($0, "Testing: ") + 9)
  counted = passed_whole = skipped_whole = failures = 0
}
# [doctest] test cases: 17 | 16 passed | 1 failed | 0 skipped
/^\[doctest\] test cases:/ {
  counted = 1
  match($0, /[0-9]+ passed/); passed += substr($0, RSTART, RLENGTH - 7)
  match($0, /[0-9]+ failed/); failures = substr($0, RSTART, RLENGTH - 7) + 0
  failed += failures
  match($0, /[0-9]+ skipped/); case_skips = substr($0, RSTART, RLENGTH - 8) + 0
  skipped += case_skips
  if (case_skips > 0) list = list "  skipped: " case_skips " of " name "\n"
  if (failures > 0) list = list "  failed: " failures " of " name "\n"
}
/skipped by name: / {
  skipped++
  passed--
  list = list "  skipped: " substr($0, index($0, "skipped by name: ") + 17) "\n"
}
/^Test Passed\./ { passed_whole = 1 }
/^Test Skipped\./ { skipped_whole = 1 }

END {
  finish_program()
  printf "%s%d passed, %d failed, %d skipped\n", list, passed, failed, skipped
  exit failed > 0
}
