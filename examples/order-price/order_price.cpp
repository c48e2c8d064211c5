#include <charconv>
#include <optional>
#include <string>

#include <sojourn/function.h>

using sojourn::CloudEvent, sojourn::Context;

namespace {

// "3 x 250" in cents; the order's whole text.
std::optional<long> price_of(std::string_view order) {
  long count = 0;
  long cents = 0;
  const auto [after, fault] = std::from_chars(order.data(), order.data() + order.size(), count);
  const std::string_view rest(after, static_cast<std::size_t>(order.data() + order.size() - after));
  if (fault != std::errc() || !rest.starts_with(" x ")) return std::nullopt;
  const auto [end, wrong] = std::from_chars(rest.data() + 3, rest.data() + rest.size(), cents);
  if (wrong != std::errc() || end != rest.data() + rest.size()) return std::nullopt;
  return count * cents;
}

}  // namespace

// Prices an order, and says so to everybody. A test order ends here.
std::optional<CloudEvent> order_price(const CloudEvent& order, Context& context) {
  if (order.subject == "test") return std::nullopt;
  const std::optional<long> price = price_of(order.data);
  if (!price) throw sojourn::Permanent(422, "an order is COUNT x CENTS, such as 3 x 250");

  CloudEvent priced;
  priced.type = "com.example.order.priced";
  priced.subject = order.subject;
  priced.content_type = "text/plain";
  priced.data = std::to_string(*price);
  context.emit(priced);
  return priced;
}
SOJOURN_HANDLER(order_price)

// What the second function sees of it.
void ship(const CloudEvent& priced, Context& context) {
  context.log().info("ships", {{"order", priced.subject}, {"cents", priced.data}});
}
SOJOURN_HANDLER(ship)
