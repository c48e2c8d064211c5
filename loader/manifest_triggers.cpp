#include "loader/manifest_triggers.h"

#include <map>
#include <set>
#include <string>

namespace sojourn {
namespace {

class TriggerCheck {
 public:
  TriggerCheck(const Manifest& manifest, Complaints& complaints) : manifest_(manifest), complaints_(complaints) {}

  void run() {
    for (const ManifestFunction& function : manifest_.functions) {
      if (function.config.triggers.empty()) continue;
      triggered_.insert(function.name);
      add_all("functions." + function.name, function.config.triggers);
    }
    for (const ManifestPipeline& listed : manifest_.pipelines) {
      const std::string path = "pipelines." + listed.pipeline.name;
      if (triggered_.contains(listed.pipeline.name)) {
        complaints_.add(listed.at, path,
                        "has the name of a function with triggers, which make a pipeline of that name themselves");
      }
      add_all(path, listed.pipeline.triggers);
    }
  }

 private:
  using Places = std::map<std::string, std::string>;  // what is taken -> the path of who has it

  void add_all(const std::string& owner, const std::vector<Trigger>& triggers) {
    for (std::size_t i = 0; i < triggers.size(); ++i) {
      const std::string path = owner + ".triggers[" + std::to_string(i) + "]";
      if (const auto* hook = std::get_if<WebhookTrigger>(&triggers[i].on)) {
        add(hooks_, hook->path, path + ".webhook.path", "leads to /hooks" + hook->path);
      } else if (const auto* queue = std::get_if<QueueTrigger>(&triggers[i].on)) {
        add(queues_, queue->name, path + ".queue.name", "takes from the queue `" + queue->name + "`");
      }
    }
  }

  void add(Places& places, const std::string& what, const std::string& path, const std::string& deed) {
    const auto [known, is_new] = places.emplace(what, path);
    if (!is_new) complaints_.add(position_of(manifest_.text, path), path, deed + ", as " + known->second + " does");
  }

  const Manifest& manifest_;
  Complaints& complaints_;
  std::set<std::string> triggered_;
  Places hooks_;
  Places queues_;
};

}  // namespace

void check_triggers(const Manifest& manifest, Complaints& complaints) {
  TriggerCheck(manifest, complaints).run();
}

}  // namespace sojourn
