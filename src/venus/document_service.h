#pragma once
// The service of a battery that is told by JSON documents: their paths as they are. Source:
// core/virtual-mqtt-battery.md section 5.
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bank/document_battery.h"
#include "venus/object.h"
#include "venus/own_name.h"

namespace bmsd::venus {

class DocumentService final : private Writer {
  public:
    struct Identity {
        std::string name;  // of the service, whole
        std::string process_name, process_version;
        std::string connection;  // "MQTT: <topic>"
        std::string serial, custom_name;
        std::int64_t instance = 0;
    };
    struct Events {
        std::function<void()> registered;
        std::function<void(const std::string& reason)> not_on_bus;    // told once; it is tried again
        std::function<void(const std::string& reason)> disconnected;  // it is of no use then; may not end it
        /// A client gives it a name; `saved` is called, now or later.
        std::function<void(const std::string& name, std::function<void(bool saved)> saved)> renamed;
    };

    /// On the bus as soon as the name is to be had, with `first`.
    static Result<std::unique_ptr<DocumentService>> open(Loop& loop, const std::string& address,
                                                         const Identity& identity, Events events,
                                                         const bank::DocumentBattery& first);

    /// What changed goes out in one signal. `counted`: a message that counts, for the update index.
    void publish(const bank::DocumentBattery& battery, bool counted);
    void show_custom_name(const std::string& name);
    bool registered() const { return name_ && name_->ours(); }

  private:
    explicit DocumentService(Events events) : events_(std::move(events)), tree_({}) {}
    void write(Leaf& leaf, const bus::Value& value, WriteReply reply) override;
    void make_tree(const Identity& identity);
    void add(std::vector<Leaf>& leaves, std::string path, char type, bus::Format format, bool writable,
             const bus::Value& value);
    void add_new_paths(const bank::DocumentBattery& battery);
    void set(std::string_view path, const Sample& sample);
    void send_changes();

    Events events_;
    std::deque<Path> rows_;  // what the leaves point to
    Tree tree_;
    std::unique_ptr<bus::Connection> bus_;
    std::unique_ptr<Object> object_;
    std::unique_ptr<OwnName> name_;
    std::vector<const Leaf*> changed_;
    std::size_t known_paths_ = 0;
    int update_index_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  public:
    ~DocumentService() override { *alive_ = false; }
};

}  // namespace bmsd::venus
