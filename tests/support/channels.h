#pragma once
// Channels without a wire (replay/script_channel.h), and one that speaks to a simulated device.
#include <functional>

#include "replay/script_channel.h"

namespace bmsd::test {

using replay::BufferChannel;
using replay::ScriptChannel;

/// A simulated device; `damage` may change each reply on its way (step counts from 0).
class DeviceChannel final : public BufferChannel {
  public:
    explicit DeviceChannel(bms::Device& device) : device_(device) {}
    std::function<void(std::size_t step, ByteView request, Bytes& reply)> damage;
    std::size_t steps = 0;

  protected:
    Bytes respond(ByteView request) override;

  private:
    bms::Device& device_;
    Bytes pending_;
};

/// Runs a task that never really waits.
template <class T>
T run(Task<T> task)
{
    return replay::run_now(std::move(task));
}

}  // namespace bmsd::test
