// The device's end of JBD UP16S boards.
#include <algorithm>

#include "bms/types/lltjbd_up16s.h"

namespace bmsd::bms::up16s {
namespace {

class Up16sDevice final : public Device {
  public:
    Up16sDevice(Reading& truth, std::uint8_t address) : truth_(truth), address_(address) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        if (input.size() > 1 && input[1] != read_code && input[1] != write_code && input[1] != individual_code)
            return 1;
        if (input.size() < data_at) return 0;
        const std::size_t size = frame_length(input);
        if (size > 64) return 1;
        if (input.size() < size) return 0;
        const ByteView request = input.first(size);
        if (!checksum::crc16_modbus_fits(request)) return 1;
        if (request[0] == address_) answer(request, reply);
        return size;
    }

  private:
    void answer(ByteView request, Bytes& reply)
    {
        const auto first = read_be(&request[2], 2);
        const auto is = [&](const Range& range) { return request[1] == range.function && first == range.first; };
        if (is(pack_status)) append(reply, frame(address_, pack_status, status()));
        if (is(parameters_1)) append(reply, frame(address_, parameters_1, texts()));
        if (is(parameters_2)) append(reply, frame(address_, parameters_2, encoded(counters_table, parameters_2)));
        if (is(individual)) append(reply, frame(address_, individual, encoded(own_limits_table, individual)));
        if (is(soc_write) && request.size() == around + 6) {
            decode(std::array{Field{data_at + 4, u16be, 0.01, &Telemetry::soc}}, request, truth_.telemetry);
            append(reply, frame(address_, soc_write, {}));
        }
    }

    Bytes encoded(std::span<const Field> table, const Range& range) const
    {
        Bytes data(range.least);
        encode(table, data, truth_.telemetry);
        return data;
    }

    Bytes status() const
    {
        const Telemetry& t = truth_.telemetry;
        const std::size_t cells = t.cell_voltages.size();
        Bytes data(cell_list_at + 2 * cells + 2 + 2 * sensor_count + tail_size);
        encode(status_table, data, t);
        encode(std::span(&coarse_soc, 1), data, t);
        encode(fet_bits, data, t);
        encode(cell_list, data, t);
        const auto word = encode(alarm_bits, t.alarms);
        write_be(&data[faults_at], 4, word);
        write_be(&data[faults_at + 4], 4, word >> 32);
        write_be(&data[cells_at], 2, cells);
        std::size_t sensors = 0;
        while (sensors < sensor_count && t.temperatures[sensors]) ++sensors;
        write_be(&data[cell_list_at + 2 * cells], 2, sensors);
        data.resize(data.size() - 2 * (sensor_count - sensors));
        const auto layout = Places::of(data);
        if (!layout) return data;
        for (std::size_t i = 0; i < sensors; ++i) encode(std::array{layout->sensor_field(i)}, data, t);
        std::uint8_t* tail = &data[layout->tail_at];
        write_be(tail + balancing_at, 2, encode_balancing(t));
        write_be(tail + firmware_at, 2, 0x0C01);
        put_text({tail + serial_at, text_size}, truth_.identity.pack_serial_number);
        return data;
    }

    Bytes texts() const
    {
        Bytes data(parameters_1.least);
        put_text(MutableBytes(data).subspan(16, text_size), truth_.identity.serial_number);
        put_text(MutableBytes(data).subspan(52, text_size), truth_.identity.pack_serial_number);
        for (const std::size_t at : {std::size_t{46}, std::size_t{82}}) {
            write_be(&data[at], 2, 2025);
            write_be(&data[at + 2], 2, 1);
            write_be(&data[at + 4], 2, 1);
        }
        return data;
    }

    static void put_text(MutableBytes place, const Text& text)
    {
        if (text) std::copy_n(text->begin(), std::min(text->size(), place.size()), place.begin());
    }

    Reading& truth_;
    std::uint8_t address_;
};

}  // namespace

std::unique_ptr<Device> device(Reading& truth, const Line& line)
{
    return std::make_unique<Up16sDevice>(truth, line.address);
}

}  // namespace bmsd::bms::up16s
