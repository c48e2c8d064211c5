#include "gateway/cli/output.h"

#include <doctest/doctest.h>

namespace sojourn::cli {

TEST_CASE("output: a table's columns are as wide as their widest cell, and lines end without spaces") {
  CHECK(layout_table({"NAME", "URL"}, {{"hello", "http://x"}, {"a", ""}}) ==
        "NAME   URL\n"
        "hello  http://x\n"
        "a\n");
}

TEST_CASE("output: a table without rows is its heading") {
  CHECK(layout_table({"A", "B"}, {}) == "A  B\n");
}

TEST_CASE("output: letters beyond ASCII take one column each") {
  CHECK(layout_table({"N", "X"}, {{"é", "1"}, {"ab", "2"}}) == "N   X\né   1\nab  2\n");
}

TEST_CASE("output: pairs without a value are left out, and the others align") {
  CHECK(layout_pairs({{"name", "hello"}, {"owner", ""}, {"id", "7"}}) == "name: hello\nid:   7\n");
}

TEST_CASE("output: control characters cannot reach the terminal") {
  CHECK(printable("a\x1b[31mred\r\x07") == "a\\x1b[31mred\\x0d\\x07");
  CHECK(printable("two\nlines\tand a tab é") == "two\nlines\tand a tab é");
  CHECK(printable("\xc2\x9b"
                  "31m") ==
        "\\xc2\\x9b"
        "31m");
}

TEST_CASE("output: a cell of a table cannot break its line") {
  CHECK(layout_table({"A"}, {{"x\ny"}}) == "A\nx\\x0ay\n");
}

}  // namespace sojourn::cli
