// Things are listed by their noun alone, as in `sojourn runs`, and by its verb, as in `sojourn runs list`.
//
// Thread: one.
#pragma once

#include <functional>

#include "gateway/cli/api_client.h"
#include "gateway/cli/command.h"
#include "gateway/cli/output.h"

namespace sojourn::cli {

// Asks for the rows and prints them.
using ListWork = std::function<Status(const ApiClient& client, Format format)>;

// Has `noun` list by itself and by its verb `list`. `offer` is called for both: it gives the command what its help and
// options have beyond those of every list, and says how to list.
void add_listing(CLI::App& noun, Chosen& chosen, const std::function<ListWork(CLI::App& command)>& offer);

}  // namespace sojourn::cli
