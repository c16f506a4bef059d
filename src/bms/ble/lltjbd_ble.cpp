// JBD boards over Bluetooth with all that the serial type can do: its host side over another wire.
#include "bms/ble/jbd.h"

namespace bmsd::bms {
extern const Entry lltjbd;
}

namespace bmsd::bms::ble {
namespace {

class LltJbdBle final : public Host {
  public:
    LltJbdBle(const Entry& entry, const Setup& setup) : Host(entry, setup), entry_(entry), wired_(lltjbd.make(setup)) {}

    bool joins(const Command& first, const Command& waiting) override { return wired_->joins(first, waiting); }
    Task<Reply<void>> command(Channel& channel, Reading& reading, Command command) override
    {
        return wired_->command(channel, reading, command);
    }

  private:
    /// It settles in 0.2 s.
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        co_await channel.pause(200ms);
        co_await must(jbd::unlock(channel));
        const Text id = reading.identity.unique_id;
        co_await must(wired_->identify(channel, reading));
        reading.identity.type = std::string(entry_.type);
        reading.identity.unique_id = id;
        co_return Reply<void>{};
    }
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        co_await must(wired_->poll(channel, reading));
        reading.telemetry.balancing = any(reading.telemetry.cell_balancing);
        co_return Reply<void>{};
    }

    const Entry& entry_;
    std::unique_ptr<Protocol> wired_;
};

constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff1", .write = "fff2", .command_first = true},
                      {.service = "ff00", .notify = "ff01", .write = "ff02", .command_first = true}};
constexpr Told delivers = Told{"hardware_version", "balancing", "temperatures", "temperature_mosfet"}
                              .add(jbd::name_row.layout)
                              .add(jbd::general_row.layout)
                              .add(jbd::cells_row.layout)
                              .add(jbd::settings);

}  // namespace

extern const Entry lltjbd_ble;
constinit const Entry lltjbd_ble{
    .name = "LltJbd_Ble",
    .type = "LLT/JBD BLE",
    .sheet = "lltjbd_ble",
    .brands = "JBD, LLT Power, Overkill Solar, Xiaoxiang, Chins, Liontron",
    .wiring = "Bluetooth",
    .lines = lines,
    .commands = {Command::Kind::force_charging_off, Command::Kind::force_discharging_off,
                 Command::Kind::turn_balancing_off, Command::Kind::set_soc},
    .delivers = delivers,
    .make = make<LltJbdBle, lltjbd_ble>,
    .device = [](Reading& truth, const Line& line) { return lltjbd.device(truth, line); },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
