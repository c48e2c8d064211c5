#include <nlohmann/json.hpp>

#include <sojourn/function.h>

// What GitHub tells of a push, in one line of the function's log. Other events pass by.
void push_note(const sojourn::CloudEvent& event, sojourn::Context& context) {
  if (event.type != "com.github.push") return;
  const nlohmann::json push = event.json();
  const std::size_t commits = push.at("commits").size();
  context.log().info(event.subject + " of " + push.at("repository").at("full_name").get<std::string>() + " has " +
                     std::to_string(commits) + (commits == 1 ? " new commit" : " new commits"));
}
SOJOURN_HANDLER(push_note)
