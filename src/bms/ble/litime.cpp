// LiTime batteries by the name of their maker. What the bytes mean: docs/bms/ble/redodo.md
#include <cmath>
#include <numeric>

#include "bms/ble/litime_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

/// Their current is noisy: the mean of the last readings is shown.
class LitimeMean final : public litime::Litime {
  public:
    LitimeMean(const Entry& entry, const Setup& setup) : Litime(entry, setup, litime::terminals, false) {}

  private:
    static constexpr std::size_t most = 5;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        count_ = 0;
        return Litime::greet(channel, reading);
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        co_await must(Litime::read(channel, reading));
        Number& current = reading.telemetry.current;
        seen_[count_++ % most] = *current;
        const std::size_t used = std::min(count_, most);
        const double sum = std::accumulate(seen_.begin(), seen_.begin() + static_cast<std::ptrdiff_t>(used), 0.0);
        current = std::round(sum / static_cast<double>(used) * 1000) / 1000;
        co_return Reply<void>{};
    }

    std::array<double, most> seen_{};
    std::size_t count_ = 0;
};

constexpr Told delivers = Told{"voltage", "charge_fet", "discharge_fet"}.add(litime::layout);

}  // namespace

extern const Entry litime_ble;
constinit const Entry litime_ble{
    .name = "LiTime_Ble",
    .type = "LiTime",
    .sheet = "litime_ble",
    .brands = "LiTime, Ampere Time, Redodo, Power Queen",
    .wiring = "Bluetooth",
    .lines = lines,
    .interval = 2s,
    .delivers = delivers,
    .make = make<LitimeMean, litime_ble>,
    .device = litime::device,
    .gatt = litime::gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
