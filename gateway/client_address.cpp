#include "gateway/client_address.h"

namespace sojourn {

std::string_view client_address(const Exchange& exchange, const GatewayOptions& options) {
  if (!options.behind_proxy) return exchange.remote();
  std::string_view list;
  for (const HeaderField& field : exchange.head().headers) {
    if (field.name == "x-forwarded-for") list = field.value;
  }
  list = list.substr(list.rfind(',') + 1);
  const std::size_t first = list.find_first_not_of(' ');
  if (first == std::string_view::npos) return exchange.remote();
  return list.substr(first, list.find_last_not_of(' ') - first + 1);
}

}  // namespace sojourn
