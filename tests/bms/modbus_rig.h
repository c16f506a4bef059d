#pragma once
// A simulated Modbus battery whose replies a test may change on their way, with a right checksum.
#include <gtest/gtest.h>

#include <map>

#include "model/plausible.h"
#include "support/random_reading.h"
#include "support/rig.h"
#include "util/checksum.h"

namespace bmsd::test {

/// What happens to the replies of a simulated device, by the register they begin with. Used as DeviceChannel::damage.
class ModbusChanges {
  public:
    /// `hex` replaces the data from byte `offset` on.
    ModbusChanges& put(std::uint16_t start, std::size_t offset, std::string_view hex)
    {
        changes_[start] = [offset, data = *from_hex(hex)](Bytes& reply) {
            std::copy(data.begin(), data.end(), reply.begin() + 3 + static_cast<std::ptrdiff_t>(offset));
            reply.resize(reply.size() - 2);
            const auto crc = checksum::crc16_modbus(reply);
            reply.insert(reply.end(), {static_cast<std::uint8_t>(crc), static_cast<std::uint8_t>(crc >> 8)});
        };
        return *this;
    }
    /// The first `times` requests stay unanswered.
    ModbusChanges& silence(std::uint16_t start, int times = 1000)
    {
        changes_[start] = [times](Bytes& reply) mutable {
            if (times-- > 0) reply.clear();
        };
        return *this;
    }

    void operator()(std::size_t, ByteView request, Bytes& reply)
    {
        const auto change = changes_.find(static_cast<std::uint16_t>(read_be(&request[2], 2)));
        if (change != changes_.end() && !reply.empty()) change->second(reply);
    }

  private:
    std::map<std::uint16_t, std::function<void(Bytes&)>> changes_;
};

/// One of `type` on the line, the same with every run.
class ModbusBattery : public testing::Test {
  protected:
    ModbusBattery(std::string_view type, std::size_t cells) : rig(*bms::find(type), battery(cells))
    {
        rig.channel.damage = std::ref(changes);
    }
    bms::Reply<void> identify() { return sifted(rig.identify()); }
    bms::Reply<void> poll() { return sifted(rig.poll()); }

    Rig rig;
    ModbusChanges changes;

  private:
    /// As the session of a port does with what a protocol gives.
    bms::Reply<void> sifted(bms::Reply<void> taken)
    {
        if (taken) sift(rig.reading.telemetry);
        return taken;
    }
    static Reading battery(std::size_t cells)
    {
        std::mt19937_64 random(7);
        return random_reading(random, cells);
    }
};

}  // namespace bmsd::test
