#pragma once
// One battery as the cases of vectors/core/dbus-tree.json want it: store, control and service on a private bus.
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "config/load.h"
#include "control/controller.h"
#include "store/settings_store.h"
#include "support/bus/fake_settings.h"
#include "support/bus/jump_loop.h"
#include "venus/ess.h"
#include "venus/service.h"

namespace bmsd::venus {

class GoldenBattery final : private Control {
  public:
    GoldenBattery(const boost::json::object& vector, test::JumpLoop& loop, const std::string& address,
                  store::Store& store);

    /// Reads the store, calculates cycle 0 and registers; calls `registered` when the name is there.
    void start(std::function<void()> registered);
    void poll();
    void change_model(const boost::json::object& change);
    bool answers = true;
    control::EssSettings ess;
    std::vector<std::pair<std::string, int>> bms_calls;

    const std::string& name() const { return name_; }

  private:
    Result<void> command(const Command& command) override;
    Result<void> clear_history(int group) override;
    void set_custom_name(const std::string& name, Done done) override;
    control::Input input() const;
    control::Now now() const;
    void begin(const store::Saved& saved, std::function<void()> registered);

    const boost::json::object& vector_;
    const boost::json::object& bms_;
    test::JumpLoop& loop_;
    std::string address_, name_;
    store::Store& store_;
    config::Config config_;
    Reading reading_;
    std::unique_ptr<store::Record> record_;
    std::unique_ptr<control::Controller> controller_;
    Snapshot snapshot_;
    std::unique_ptr<Service> service_;
};

}  // namespace bmsd::venus
