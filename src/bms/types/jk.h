#pragma once
// The "55 AA EB 90" payloads of JK boards, which RS485 and Bluetooth share, and what all JK boards do alike.
// What the bytes mean: docs/bms/jkbms_pb.md
#include <array>

#include "bms/language/field.h"
#include "bms/language/refusal.h"

namespace bmsd::bms::jk {

inline constexpr std::size_t payload_size = 300, checksum_at = 299;
inline constexpr std::array<std::uint8_t, 4> payload_start{0x55, 0xAA, 0xEB, 0x90};
enum class Payload : std::uint8_t { settings = 1, status = 2, info = 3 };

/// Offset of the first payload start; nullopt when there is none.
std::optional<std::size_t> find_payload(ByteView stream);

/// `payload` begins with its start: checks size, type and checksum.
Reply<void> check_payload(ByteView payload, Payload wanted);

/// An empty payload of the device side; finish_payload() adds what check_payload() checks.
Bytes begin_payload();
void finish_payload(Bytes& payload, Payload type);

/// Both JK protocols count below zero from the code of 100 degC on, which is their "minus zero". A battery is never
/// that hot; a power stage is when it was hot just before.
Number without_minus_zero(const Number& now, const Number& before = {});

/// 0.1 degC: above 1000 the rest counts below zero (1050 = -5.0 degC); plain negative numbers are sent, too.
inline constexpr Wire temperature_code{2,
                                       [](const std::uint8_t* data) {
                                           const std::int64_t raw = i16le.get(data);
                                           return raw > 1000 ? 1000 - raw : raw;
                                       },
                                       i16le.put, -1999, 999};
inline constexpr std::int64_t not_fitted = -2000;  // what a place without a sensor says

inline constexpr std::array settings_table{
    Field{50, i32le, 0.001, &Telemetry::max_charge_current},
    Field{62, i32le, 0.001, &Telemetry::max_discharge_current},
    Field{114, i32le, 1, &Telemetry::cell_count},
    Field{126, i32le, 1, &Telemetry::balance_fet},
    Field{130, i32le, 0.001, &Telemetry::capacity},
};
inline constexpr std::array settings_bits{Bit{282, 0, &Telemetry::heater_fet}};
// When the heater starts and stops: newer boards say it in whole degrees, older ones by the charging limits.
inline constexpr std::array heater_table{
    Field{284, i8, 1, &Telemetry::heater_temperature_start},
    Field{285, i8, 1, &Telemetry::heater_temperature_stop},
};
inline constexpr std::array old_heater_table{
    Field{98, i32le, 0.1, &Telemetry::heater_temperature_start},
    Field{102, i32le, 0.1, &Telemetry::heater_temperature_stop},
};

inline constexpr std::array status_table{
    Field{144, temperature_code, 0.1, &Telemetry::temperature_mosfet, 0, not_fitted},
    Field{150, u32le, 0.001, &Telemetry::voltage},
    Field{158, i32le, 0.001, &Telemetry::current},
    Field{172, u8, 1, &Telemetry::balancing},
    Field{173, u8, 1, &Telemetry::soc},
    Field{174, i32le, 0.001, &Telemetry::capacity_remaining},
    Field{182, u32le, 1, &Telemetry::cycles},
    Field{190, u8, 1, &Telemetry::soh},
    Field{198, u8, 1, &Telemetry::charge_fet},
    Field{199, u8, 1, &Telemetry::discharge_fet},
    Field{215, u8, 1, &Telemetry::heating},
    Field{236, i16le, 0.001, &Telemetry::heater_current},
};
inline constexpr std::size_t status_alarms_at = 166, sensors_present_at = 214;
inline constexpr ListField cell_list{6, 2, u16le, 0.001, &Telemetry::cell_voltages, 0, 0};

// Battery sensors, each with its bit in the mask of those present. Sensor 3 of the board repeats the MOS temperature.
struct MaskedSensor {
    std::uint8_t bit;
    Field field;
};
inline constexpr std::array sensors{
    MaskedSensor{1, {162, temperature_code, 0.1, sensor(1), 0, not_fitted}},
    MaskedSensor{2, {164, temperature_code, 0.1, sensor(2), 0, not_fitted}},
    MaskedSensor{4, {256, temperature_code, 0.1, sensor(3), 0, not_fitted}},
    MaskedSensor{5, {258, temperature_code, 0.1, sensor(4), 0, not_fitted}},
};

inline constexpr std::array alarm_bits{
    AlarmBit{1, Alarm::high_internal_temperature, 2},
    AlarmBit{2, Alarm::internal_failure, 2},
    AlarmBit{3, Alarm::internal_failure, 2},
    AlarmBit{4, Alarm::high_cell_voltage, 2},
    AlarmBit{5, Alarm::high_voltage, 2},
    AlarmBit{6, Alarm::high_charge_current, 2},
    AlarmBit{7, Alarm::high_charge_current, 2},
    AlarmBit{8, Alarm::high_charge_temperature, 2},
    AlarmBit{9, Alarm::low_charge_temperature, 2},
    AlarmBit{10, Alarm::internal_failure, 2},
    AlarmBit{11, Alarm::low_cell_voltage, 2},
    AlarmBit{12, Alarm::low_voltage, 2},
    AlarmBit{13, Alarm::high_discharge_current, 2},
    AlarmBit{14, Alarm::high_discharge_current, 2},
    AlarmBit{15, Alarm::high_temperature, 2},
    AlarmBit{16, Alarm::internal_failure, 2},
    AlarmBit{17, Alarm::internal_failure, 2},
    AlarmBit{20, Alarm::internal_failure, 2},
    AlarmBit{21, Alarm::high_temperature, 2},
    AlarmBit{22, Alarm::internal_failure, 2},
};

// The device tells its name where the model has the unique id.
inline constexpr std::array info_texts{
    TextField{6, 16, &Identity::model_name},       TextField{22, 8, &Identity::hardware_version},
    TextField{30, 8, &Identity::firmware_version}, TextField{46, 16, &Identity::unique_id},
    TextField{78, 8, &Identity::production_date},  TextField{86, 11, &Identity::serial_number},
    TextField{102, 16, &Identity::user_label},
};

/// While balancing the boards do not say which cells: it is the first lowest and the first highest.
void mark_balanced_cells(Telemetry& telemetry);

/// Boards show a cell as 0 mV for a moment now and then. Its previous value stands in, but not for long: what stays
/// unknown becomes absent.
class CellGaps {
  public:
    static constexpr std::uint8_t longest = 5;  // reads in a row
    /// `now` was just decoded, `before` is the read before it.
    void fill(Cells& now, const Cells& before);

  private:
    std::array<std::uint8_t, max_cells> missed_{};
};

}  // namespace bmsd::bms::jk
