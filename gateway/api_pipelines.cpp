// /api/v1/pipelines: what is deployed of them. They are changed by applying a manifest.
#include <algorithm>

#include "gateway/api.h"
#include "gateway/json_views.h"
#include "loader/pipeline_schema.h"

namespace sojourn {

void list_pipelines(ApiCall& call) {
  const auto page = page_of(call);
  if (!page.ok()) return call.fail(page.error());
  const RouteTablePtr routes = call.worker().routes();
  Json items = Json::array();
  std::string last;
  for (auto at = routes->pipelines().upper_bound(page->after); at != routes->pipelines().end(); ++at) {
    if (!call.may_see(at->first)) continue;
    if (items.size() == page->limit) return call.reply_list(std::move(items), last);
    items.push_back(pipeline_json(*at->second, call.site().options.public_url));
    last = at->first;
  }
  call.reply_list(std::move(items), "");
}

void show_pipeline(ApiCall& call) {
  const DeployedPipeline* pipeline = call.worker().routes()->pipeline(call.request().name);
  if (pipeline == nullptr) {
    return call.fail(Error(ErrorCode::kPipelineNotFound, "there is no pipeline `" + call.name().substr(0, 80) + "`"));
  }
  Json json = pipeline_json(*pipeline, call.site().options.public_url);
  json["definition"] = pipeline_to_json(pipeline->live_version()->pipeline);
  call.reply(200, json);
}

}  // namespace sojourn
