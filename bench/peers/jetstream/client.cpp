// client ADDRESS BATCH SECONDS: cycles through a work queue of JetStream on disk: publish a batch of 1 KiB, wait for
// the acknowledgements, fetch as many, acknowledge each. Prints messages a second. JetStream answers before it syncs.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nats/nats.h>
#include <string>
#include <vector>

namespace {

void must(natsStatus status) {
  if (status == NATS_OK) return;
  std::fprintf(stderr, "jetstream: %s\n", natsStatus_GetText(status));
  std::exit(1);
}

class Queue {
 public:
  explicit Queue(const std::string& address) {
    must(natsConnection_ConnectTo(&connection_, ("nats://" + address).c_str()));
    must(natsConnection_JetStream(&stream_, connection_, nullptr));
    const char* subjects[] = {"work"};
    jsStreamConfig config;
    must(jsStreamConfig_Init(&config));
    config.Name = "WORK";
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    config.Retention = js_WorkQueuePolicy;
    must(js_AddStream(nullptr, stream_, &config, nullptr, nullptr));
    must(js_PullSubscribe(&worker_, stream_, "work", "worker", nullptr, nullptr, nullptr));
  }
  void cycle(int batch) {
    publish(batch);
    const std::vector<natsMsg*> messages = fetch(batch);
    for (natsMsg* const message : messages) {
      const bool is_last = message == messages.back();
      must(is_last ? natsMsg_AckSync(message, nullptr, nullptr) : natsMsg_Ack(message, nullptr));
      natsMsg_Destroy(message);
    }
  }

 private:
  void publish(int batch) {
    const int size = static_cast<int>(data_.size());
    if (batch == 1) return must(js_Publish(nullptr, stream_, "work", data_.data(), size, nullptr, nullptr));
    for (int i = 0; i < batch; ++i) must(js_PublishAsync(stream_, "work", data_.data(), size, nullptr));
    jsPubOptions options;
    must(jsPubOptions_Init(&options));
    options.MaxWait = 10'000;
    must(js_PublishAsyncComplete(stream_, &options));
  }
  std::vector<natsMsg*> fetch(int batch) {
    std::vector<natsMsg*> messages;
    while (static_cast<int>(messages.size()) < batch) {
      natsMsgList list;
      must(natsSubscription_Fetch(&list, worker_, batch - static_cast<int>(messages.size()), 5'000, nullptr));
      for (int i = 0; i < list.Count; ++i) {
        messages.push_back(list.Msgs[i]);
        list.Msgs[i] = nullptr;
      }
      natsMsgList_Destroy(&list);
    }
    return messages;
  }

  natsConnection* connection_ = nullptr;
  jsCtx* stream_ = nullptr;
  natsSubscription* worker_ = nullptr;
  const std::string data_ = std::string(1024, 'x');
};

}  // namespace

int main(int count, char** values) {
  if (count != 4) return 2;
  using Clock = std::chrono::steady_clock;
  const int batch = std::atoi(values[2]);
  const std::chrono::duration<double> length(std::atof(values[3]));
  Queue queue(values[1]);
  for (int i = 0; i < 3; ++i) queue.cycle(batch);
  const Clock::time_point began = Clock::now();
  long messages = 0;
  for (; Clock::now() - began < length; messages += batch) queue.cycle(batch);
  const std::chrono::duration<double> taken = Clock::now() - began;
  std::printf("{\"per_second\": %.1f}\n", static_cast<double>(messages) / taken.count());
}
