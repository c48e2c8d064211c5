// What every command that talks to a server does around its own work.
//
// Thread: one.
#pragma once

#include <functional>
#include <string_view>

#include "gateway/cli/api_client.h"
#include "gateway/cli/command.h"
#include "gateway/cli/connection.h"

namespace sojourn::cli {

// Finds the server and does `work` with it; an error is printed after the command's name. Gives the exit code.
int with_server(std::string_view command, const ConnectionOptions& options,
                const std::function<Status(const ApiClient&)>& work);

// "/api/v1/functions/NAME" and what follows.
std::string function_route(std::string_view name, std::string_view rest = {});

}  // namespace sojourn::cli
