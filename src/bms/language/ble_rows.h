#pragma once
// Bluetooth types whose requests are rows, each answered by one frame of one envelope: both ends out of the same
// tables.
//
//   constexpr ble::Row rows[]{{{"Braun Power version (F4)", Need::setting}, 0xF4, {...}, 3},
//                             {{"Braun Power pack (01)"}, 0x01, {...}, 32}};
//   constexpr ble::Speech speech{.reply = frames, .request = request, .rows = rows};
#include "bms/language/ble.h"
#include "bms/language/requests.h"

namespace bmsd::bms::ble {

/// A request and what its reply carries. A setting is asked for once a connection and may stay unanswered.
struct Row : Request {
    std::uint8_t code;     // of the request; its reply repeats it
    Layout layout = {};    // of the data
    std::size_t size = 0;  // of the data, where there is only one right size
};

/// How a type speaks.
struct Speech {
    Envelope reply;                    // its echo is what it repeats of the request
    Bytes (*request)(const Row& row);  // the whole frame
    std::span<const Row> rows;         // in the order they are asked
    bool information = false;          // the device information service is read, too
};

/// The host side. Types that ask for more than every row once a poll derive from it.
class RowHost : public Host {
  public:
    RowHost(const Entry& entry, const Setup& setup, const Speech& speech) : Host(entry, setup), speech_(speech) {}

  protected:
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override;
    Task<Reply<void>> read(Channel& channel, Reading& reading) override;
    /// Asks `row` and puts what came into `reading`; an optional one is asked once.
    Task<Reply<void>> take(Channel& channel, const Row& row, Reading& reading);

  private:
    const Speech& speech_;
    Requests requests_;
};

/// Entry::make of a type that is no more than its rows.
template <const Speech& speech, const Entry& entry>
std::unique_ptr<Protocol> make_rows(const Setup& setup)
{
    return std::make_unique<RowHost>(entry, setup, speech);
}

/// The device side.
class RowDevice : public Device {
  public:
    RowDevice(Reading& truth, const Speech& speech) : truth_(truth), speech_(speech) {}
    std::size_t receive(ByteView input, Bytes& reply) override;

  private:
    Reading& truth_;
    const Speech& speech_;
};

template <const Speech& speech>
std::unique_ptr<Device> device_of_rows(Reading& truth, const Line&)
{
    return std::make_unique<RowDevice>(truth, speech);
}

/// Whether `input` begins with `request`: how many bytes it is; 0 as long as it may become it; nothing: it is not it.
std::optional<std::size_t> begins_with(ByteView input, ByteView request);

}  // namespace bmsd::bms::ble
