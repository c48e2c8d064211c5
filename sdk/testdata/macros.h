// What the hooks of the all-macros object have done so far, one word each.
#pragma once

#include <string>

std::string& macros_log();
