// Reads a single-quoted YAML scalar: what stands between its quotation marks becomes text. A doubled quotation mark is
// one; a line break becomes a space, and each empty line behind it a line break, white space around them left out
// (YAML 1.2, 7.3.2).
//
// libfyaml, which finds where the scalar begins and ends, loses memory when it is asked for the text of one with
// several doubled marks in a row: 32 times its size, so that a manifest of 1 MiB would cost the server 32 MiB for good.
//
// Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace sojourn {

std::string single_quoted_text(std::string_view between_marks);

}  // namespace sojourn
