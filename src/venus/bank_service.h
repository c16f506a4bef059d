#pragma once
// The service of the bank on D-Bus. Source: core/aggregation.md sections 2, 5 and 6.
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bank/bank.h"
#include "venus/object.h"
#include "venus/paths.h"

namespace bmsd::venus {

inline constexpr const char* bank_service = "com.victronenergy.battery.aggregate";

class BankService final : private Writer {
  public:
    struct Identity {
        std::string process_name, process_version;
        std::string custom_name;
        std::int64_t instance = 99;
    };
    /// What a client writes. Refused or taken.
    class Control {
      public:
        virtual ~Control() = default;
        virtual Result<void> rename(const std::string& name) = 0;
        virtual Result<void> set_soc(double percent) = 0;
        virtual Result<void> forget_offline() = 0;
    };
    struct Events {
        std::function<void()> registered;
        std::function<void(const std::string& reason)> failed;  // the connection or the name; it is of no use then
    };

    /// Connects and asks for the name. `config` and `control` outlive it.
    static Result<std::unique_ptr<BankService>> open(Loop& loop, const std::string& address, Identity identity,
                                                     const config::Config& config, Control& control, Events events);

    /// What changed goes out in one signal.
    void publish(const bank::Output& output, std::span<const bank::Member> members);
    void show_custom_name(const std::string& name);
    bool registered() const { return registered_; }

  private:
    BankService(Loop& loop, Identity identity, const config::Config& config, Control& control, Events events);
    void write(Leaf& leaf, const bus::Value& value, WriteReply reply) override;
    void request_name();
    void name_answered(sd_bus_message* reply);
    void make_tree(std::span<const bank::Member> members);
    void add(std::vector<Leaf>& leaves, std::string path, char type, bus::Format format, bool writable,
             const bus::Value& value);
    void add_members(std::vector<Leaf>& leaves, std::span<const bank::Member> members);
    void fill_members(std::span<const bank::Member> members);
    void set(std::string_view path, const Sample& sample);
    void send_changes();

    Loop& loop_;
    Identity identity_;
    const config::Config& config_;
    Control& control_;
    Events events_;
    std::unique_ptr<bus::Connection> bus_;
    std::deque<Path> rows_;  // what the leaves point to
    Tree tree_;
    std::unique_ptr<Object> object_;
    bool registered_ = false;
    Instant request_until_{};
    Wait retry_;
    bus::Slot name_call_;
    std::vector<std::string> shape_;  // of whom the tree has paths
    std::vector<const Leaf*> changed_;
};

}  // namespace bmsd::venus
