#include "gateway/metrics.h"

#include <functional>
#include <map>
#include <tuple>

#include "gateway/events/event_figures.h"
#include "gateway/guards/built_in_guards.h"
#include "gateway/http/http_server.h"
#include "gateway/prometheus_text.h"
#include "gateway/worker.h"

namespace sojourn {
namespace {

// Everything about one function, gathered once and written into several metrics.
struct FunctionSample {
  const std::string* name;
  FunctionMetrics::Totals totals;
  VersionStats stats;  // counters over all versions, gauges too
};

FunctionSample sample(const Site& site, const std::string& name, const RouteEntry& entry) {
  FunctionSample sample{&name, entry.metrics->totals(), {}};
  for (const auto& [number, version] : entry.function->versions) {
    const VersionStats stats = site.runtime.stats(version);
    sample.stats.started += stats.started;
    sample.stats.failed += stats.failed;
    sample.stats.cold_starts += stats.cold_starts;
    sample.stats.crashes += stats.crashes;
    sample.stats.instances += stats.instances;
    sample.stats.idle += stats.idle;
    sample.stats.queued += stats.queued;
    sample.stats.connections += stats.connections;
    sample.stats.connections_made += stats.connections_made;
    sample.stats.connections_failed += stats.connections_failed;
    sample.stats.connection_bytes_sent += stats.connection_bytes_sent;
    sample.stats.connection_bytes_received += stats.connection_bytes_received;
  }
  return sample;
}

using Samples = std::vector<FunctionSample>;

void write_invocations(PrometheusText& text, const Samples& samples) {
  text.family("gateway_function_invocation_total", "counter", "Calls by function and status code.");
  for (const FunctionSample& one : samples) {
    for (const auto& [code, count] : one.totals.by_code) {
      text.sample({{"function_name", *one.name}, {"code", code == 0 ? "other" : std::to_string(code)}}, count);
    }
  }
}

void write_durations(PrometheusText& text, const Samples& samples) {
  text.family("gateway_functions_seconds", "histogram", "How long calls took, as the client saw it.");
  for (const FunctionSample& one : samples) {
    if (one.totals.calls == 0) continue;
    for (std::size_t i = 0; i < kLatencyBounds.size(); ++i) {
      text.sample("_bucket", {{"function_name", *one.name}, {"le", kLatencyBoundTexts[i]}}, one.totals.within[i]);
    }
    text.sample("_bucket", {{"function_name", *one.name}, {"le", "+Inf"}}, one.totals.calls);
    text.seconds("_sum", {{"function_name", *one.name}}, one.totals.nanoseconds);
    text.sample("_count", {{"function_name", *one.name}}, one.totals.calls);
  }
}

void write_per_function(PrometheusText& text, const Samples& samples, std::string_view name, std::string_view type,
                        std::string_view help, const std::function<std::uint64_t(const VersionStats&)>& value) {
  text.family(name, type, help);
  for (const FunctionSample& one : samples) text.sample({{"function_name", *one.name}}, value(one.stats));
}

std::uint64_t gauge(int value) {
  return static_cast<std::uint64_t>(std::max(value, 0));
}

void write_runtime(PrometheusText& text, const Samples& samples, const EventFigures& events) {
  write_per_function(text, samples, "sojourn_calls_started_total", "counter", "Calls handed to an instance.",
                     [](const VersionStats& stats) { return stats.started; });
  write_per_function(text, samples, "sojourn_calls_failed_total", "counter", "Calls that ended without a reply.",
                     [](const VersionStats& stats) { return stats.failed; });
  write_per_function(text, samples, "sojourn_cold_starts_total", "counter",
                     "Calls that waited for an instance to be made.",
                     [](const VersionStats& stats) { return stats.cold_starts; });
  write_per_function(text, samples, "sojourn_crashes_total", "counter", "Instances that died of themselves.",
                     [](const VersionStats& stats) { return stats.crashes; });
  write_per_function(text, samples, "sojourn_instances", "gauge", "Instances alive.",
                     [](const VersionStats& stats) { return gauge(stats.instances); });
  write_per_function(text, samples, "sojourn_instances_idle", "gauge", "Instances waiting for a call.",
                     [](const VersionStats& stats) { return gauge(stats.idle); });
  write_per_function(text, samples, "sojourn_queue_depth", "gauge",
                     "Calls waiting for an instance, by function; jobs waiting in the journal, by lane.",
                     [](const VersionStats& stats) { return gauge(stats.queued); });
  write_lane_depths(text, events);
}

void write_connections(PrometheusText& text, Samples samples) {
  std::erase_if(samples, [](const FunctionSample& one) {
    return one.stats.connections == 0 && one.stats.connections_made == 0 && one.stats.connections_failed == 0;
  });
  write_per_function(text, samples, "sojourn_connections", "gauge", "Outgoing connections of functions.",
                     [](const VersionStats& stats) { return gauge(stats.connections); });
  write_per_function(text, samples, "sojourn_connections_total", "counter", "Outgoing connections that were made.",
                     [](const VersionStats& stats) { return stats.connections_made; });
  write_per_function(text, samples, "sojourn_connections_failed_total", "counter",
                     "Outgoing connections that were refused or not made.",
                     [](const VersionStats& stats) { return stats.connections_failed; });
  write_per_function(text, samples, "sojourn_connections_sent_bytes_total", "counter",
                     "Bytes that functions sent over connections which have ended.",
                     [](const VersionStats& stats) { return stats.connection_bytes_sent; });
  write_per_function(text, samples, "sojourn_connections_received_bytes_total", "counter",
                     "Bytes that functions were sent over connections which have ended.",
                     [](const VersionStats& stats) { return stats.connection_bytes_received; });
}

HttpStats all_servers(const Site& site) {
  HttpStats sum;
  for (const HttpServer* server : site.servers) {
    const HttpStats one = server->stats();
    sum.accepted += one.accepted;
    sum.open += one.open;
    sum.requests += one.requests;
    sum.bytes_in += one.bytes_in;
    sum.bytes_out += one.bytes_out;
    sum.over_connections += one.over_connections;
    sum.over_address += one.over_address;
    sum.cut += one.cut;
    sum.shed += one.shed;
    for (std::size_t i = 0; i < kErrorCodes; ++i) sum.refused[i] += one.refused[i];
  }
  return sum;
}

void write_one(PrometheusText& text, std::string_view name, std::string_view type, std::string_view help,
               std::uint64_t value) {
  text.family(name, type, help);
  text.sample({}, value);
}

void write_http(PrometheusText& text, const Site& site) {
  const HttpStats http = all_servers(site);
  write_one(text, "sojourn_http_connections_total", "counter", "Connections accepted.", http.accepted);
  write_one(text, "sojourn_http_connections", "gauge", "Connections open.", http.open);
  write_one(text, "sojourn_http_requests_total", "counter", "Requests whose head passed every check.", http.requests);
  write_one(text, "sojourn_http_received_bytes_total", "counter", "Bytes read from clients.", http.bytes_in);
  write_one(text, "sojourn_http_sent_bytes_total", "counter", "Bytes written to clients.", http.bytes_out);
  text.family("sojourn_http_turned_away_total", "counter", "Connections refused, by the bound they met.");
  text.sample({{"bound", "connections"}}, http.over_connections);
  text.sample({{"bound", "per_address"}}, http.over_address);
  text.sample({{"bound", "descriptors"}}, http.shed);
  write_one(text, "sojourn_http_cut_total", "counter",
            "Connections closed as those that held most when bodies and replies took too much memory.", http.cut);
  text.family("sojourn_http_refused_total", "counter", "Requests refused before they were routed, by error code.");
  for (std::size_t i = 0; i < kErrorCodes; ++i) {
    if (http.refused[i] > 0) text.sample({{"code", facts(static_cast<ErrorCode>(i)).name}}, http.refused[i]);
  }
  text.family("sojourn_http_replies_total", "counter", "Replies by class of status.");
  constexpr std::array<std::string_view, 5> kClasses = {"1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    std::uint64_t sum = 0;
    for (const Worker* worker : site.workers) sum += worker->counters().of_class(i);
    text.sample({{"class", kClasses[i]}}, sum);
  }
  std::uint64_t dropped = 0;
  for (const Worker* worker : site.workers) dropped += worker->access_log().dropped();
  write_one(text, "sojourn_access_log_dropped_total", "counter", "Lines lost to a slow reader of the log.", dropped);
}

// A guard that stands several times in one chain, or was used with other options before, is counted together.
void write_guards(PrometheusText& text, const BuiltInGuards& guards) {
  std::map<std::tuple<std::string, std::string, std::string_view>, std::uint64_t> decisions;
  std::map<std::pair<std::string, std::string>, std::uint64_t> held_bytes;
  guards.for_each([&](const BuiltInGuards::Held& held) {
    for (std::size_t i = 0; i < held.guard.decisions().size(); ++i) {
      decisions[{held.function, held.name, held.guard.decisions()[i]}] += held.guard.decided(i);
    }
    if (held.guard.held_bytes() > 0) held_bytes[{held.function, held.name}] += held.guard.held_bytes();
  });
  text.family("sojourn_guard_decisions_total", "counter", "What guards decided.");
  for (const auto& [of, count] : decisions) {
    const auto& [function, guard, decision] = of;
    text.sample({{"function_name", function}, {"guard", guard}, {"decision", decision}}, count);
  }
  text.family("sojourn_guard_held_bytes", "gauge", "What guards keep for later calls.");
  for (const auto& [of, bytes] : held_bytes) {
    text.sample({{"function_name", of.first}, {"guard", of.second}}, bytes);
  }
}

}  // namespace

std::string render_metrics(Worker& worker, const EventFigures& events) {
  const Site& site = worker.site();
  const RouteTablePtr routes = worker.routes();
  Samples samples;
  routes->for_each(
      [&](const std::string& name, const RouteEntry& entry) { samples.push_back(sample(site, name, entry)); });
  PrometheusText text;
  write_invocations(text, samples);
  write_durations(text, samples);
  write_runtime(text, samples, events);
  write_connections(text, samples);
  if (site.guards != nullptr) write_guards(text, *site.guards);
  write_http(text, site);
  write_events(text, events);
  write_one(text, "sojourn_functions", "gauge", "Functions deployed.", samples.size());
  const std::chrono::nanoseconds uptime = std::chrono::steady_clock::now() - site.started;
  text.family("sojourn_uptime_seconds", "gauge", "Since the gateway process began.");
  text.seconds("", {}, static_cast<std::uint64_t>(uptime.count()));
  return text.take();
}

}  // namespace sojourn
