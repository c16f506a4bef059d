#pragma once
// A type's host side against its own device side, without a wire.
#include "bms/catalogue.h"
#include "bms/language/identity.h"
#include "bms/language/radio.h"
#include "config/schema.h"
#include "model/plausible.h"
#include "support/channels.h"

namespace bmsd::test {

/// The defaults, and everything a type can tell asked for.
inline config::Config generous()
{
    config::Config config = config::defaults();
    config.use_bms_dvcc_values = true;
    config.lipro_end_address = 16;  // a module for each of the 15 cells
    return config;
}

/// What a device of this type cannot tell apart is the same in the battery it speaks for.
inline Reading possible(const bms::Entry& entry, Reading reading)
{
    Telemetry& t = reading.telemetry;
    if (entry.one_current_limit) {
        const Number limit = std::max(t.max_charge_current, t.max_discharge_current);
        t.max_charge_current = *t.charge_fet ? limit : 0;
        t.max_discharge_current = *t.discharge_fet ? limit : 0;
    }
    if (entry.name == "aiobmsble_dpwrcore_bms") {  // mAh in 16 bits
        t.capacity = std::min(*t.capacity, 65.0);
        t.capacity_remaining = std::min(*t.capacity_remaining, 65.0);
    }
    // two FETs that are off are believed while nothing flows
    if (entry.flow_means_on && !*t.charge_fet && !*t.discharge_fet && t.current != 0.0) t.charge_fet = true;
    return reading;
}

/// `Wire`: DeviceChannel, or one like it.
template <class Wire>
struct RigOn {
    explicit RigOn(const bms::Entry& entry, Reading start, bms::Line line)
        : truth(possible(entry, std::move(start))),
          device(entry.device(truth, line)),
          channel(*device),
          protocol(entry.make({config, line.address, line.baud}))
    {
        if constexpr (requires { channel.only_size; }) {
            channel.only_size = entry.gatt.front().only_size;
            channel.name = device->called();
        }
    }
    explicit RigOn(const bms::Entry& entry, Reading start) : RigOn(entry, std::move(start), entry.lines.front()) {}

    bms::Reply<void> identify() { return judged(test::run(protocol->identify(channel, reading))); }
    bms::Reply<void> poll() { return judged(test::run(protocol->poll(channel, reading))); }
    /// What a session makes of a good reply.
    bms::Reply<void> judged(bms::Reply<void> taken)
    {
        if (taken) taken = bms::plausible(reading.telemetry);
        if (taken) sift(reading.telemetry);
        return taken;
    }
    bms::Reply<void> command(Command::Kind kind, double value)
    {
        return test::run(protocol->command(channel, reading, {kind, value}));
    }
    /// The requests since the last call, as hexadecimal text.
    std::vector<std::string> take_requests()
    {
        std::vector<std::string> texts;
        for (const Bytes& request : channel.requests) texts.push_back(to_hex(request));
        channel.requests.clear();
        return texts;
    }

    config::Config config = generous();
    Reading truth;
    std::unique_ptr<bms::Device> device;
    Wire channel;
    std::unique_ptr<bms::Protocol> protocol;
    Reading reading;
};
using Rig = RigOn<DeviceChannel>;

/// Several devices on one line; each hears everything.
class Bus final : public bms::Device {
  public:
    explicit Bus(std::vector<bms::Device*> devices) : devices_(std::move(devices)), answers_(devices_.size(), true) {}
    /// Whether the device of this number answers; a dead one hears nothing either.
    void answer(std::size_t number, bool answers) { answers_[number] = answers; }
    std::size_t receive(ByteView input, Bytes& reply) override
    {
        std::size_t used = 0;
        for (std::size_t i = 0; i < devices_.size(); ++i)
            if (answers_[i]) used = std::max(used, devices_[i]->receive(input, reply));
        return used;
    }

  private:
    std::vector<bms::Device*> devices_;
    std::vector<bool> answers_;
};

}  // namespace bmsd::test
