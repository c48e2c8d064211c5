// Reads the command line and runs the command it names. Returns the process's exit code; nothing is thrown.
#pragma once

namespace sojourn::cli {

int run_command_line(int argc, const char* const* argv);

}  // namespace sojourn::cli
