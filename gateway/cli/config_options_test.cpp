#include "gateway/cli/config_options.h"

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

namespace sojourn::cli {
namespace {

// What the options of one command line come to; nothing when it is wrong usage.
std::optional<ConfigOptions> parse(std::vector<std::string> arguments) {
  CLI::App app;
  std::string file;
  app.add_option("FILE", file);
  const auto options = add_config_options(app);
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError&) {
    return std::nullopt;
  }
  return *options;
}

}  // namespace

TEST_CASE("config options: short ones stand for key paths of the manifest") {
  CHECK(parse({"x.so", "--memory", "64MiB", "--max", "4", "--isolation", "fresh"}) ==
        ConfigOptions{{"memory", "64MiB"}, {"isolation", "fresh"}, {"instances.max", "4"}});
}

TEST_CASE("config options: env and set may be repeated, and a value may hold an equals sign") {
  CHECK(parse({"--env", "A=1", "--env", "B=x=y", "x.so", "--set", "probe.path=/healthz"}) ==
        ConfigOptions{{"env.A", "1"}, {"env.B", "x=y"}, {"probe.path", "/healthz"}});
}

TEST_CASE("config options: a pair without an equals sign is wrong usage") {
  CHECK_FALSE(parse({"--env", "A"}).has_value());
  CHECK_FALSE(parse({"--set", "=x"}).has_value());
}

TEST_CASE("config options: every shorthand names a key of the schema") {
  const auto options = parse({"--entry", "upper", "--memory", "64MiB", "--timeout", "5s", "--isolation", "fresh",
                              "--access", "open", "--min", "1", "--max", "4", "--idle", "30s"});
  REQUIRE(options.has_value());
  const Result<FunctionConfig> config = with_options(FunctionConfig{}, *options);
  REQUIRE(config.ok());
  CHECK(config->entry == "upper");
  CHECK(config->isolation == Isolation::kFresh);
  CHECK(config->instances.min == 1);
}

}  // namespace sojourn::cli
