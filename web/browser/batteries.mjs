// Batteries for the tests of the page, always the same: a bank of three, one of them lost; and sixteen with 24 cells.
export const time = 1796040000;
const iso = (age) => new Date((time - age) * 1000).toISOString().replace(".000Z", "+00:00");

const maximum = (direction, amps) => ({
  allowed: true,
  text: `Max Battery ${direction} Current`,
  applied: amps,
  target: amps,
  cause: { limiter: `Max Battery ${direction} Current`, limit: amps },
});

const quiet = {
  high_voltage: 0,
  high_cell_voltage: 0,
  low_voltage: 0,
  low_cell_voltage: 0,
  low_soc: 0,
  cell_imbalance: 0,
};

/** Without cells: what a bank is. `more` goes over the state. */
function battery(id, name, more = {}, volts = [], balancing = []) {
  const known = volts.filter((value) => value !== undefined);
  const least = Math.min(...known);
  const most = Math.max(...known);
  const state = {
    type: "JKBMS",
    firmware_version: "11.54",
    serial_number: "4031" + id.slice(-4),
    cell_count: volts.length || 16,
    temperatures: { 1: 21.4, 2: 22.1 },
    capacity: 280,
    cycles: 143,
    temperature_mosfet: 27.3,
    charge_fet: true,
    discharge_fet: true,
    balancing: balancing.length > 0,
    voltage: 53.62,
    current: 24.3,
    power: 1302.97,
    soc: 78,
    temperature: 21.8,
    capacity_remaining: 218.4,
    energy_stored: 11.71,
    time_to_go: 9130,
    cvl: 55.2,
    ccl: 100,
    dcl: 120,
    charge_allowed: true,
    discharge_allowed: true,
    charge_mode: "bulk",
    charge_limit_reason: "maximum",
    discharge_limit_reason: "maximum",
    charge_mode_text: "Bulk │ Linear Mode",
    energy_charged: 3120.4,
    energy_discharged: 2987.1,
    problem: false,
    alarms: { ...quiet },
    online: true,
    time,
    age: 0,
    last_seen: iso(0),
    ...(known.length > 0
      ? {
          cell_min: least,
          cell_max: most,
          cell_delta: Math.round((most - least) * 1000) / 1000,
          cell_min_number: volts.indexOf(least) + 1,
          cell_max_number: volts.indexOf(most) + 1,
        }
      : {}),
    ...more,
  };
  return {
    id,
    unique_id: id.toUpperCase(),
    name,
    port: "ttyUSB0",
    instance: 1,
    bank: false,
    commands: ["force_charging_off", "force_discharging_off", "turn_balancing_off", "set_soc"],
    state,
    cells: {
      online: true,
      voltages: Object.fromEntries(volts.flatMap((value, index) => (value === undefined ? [] : [[index + 1, value]]))),
      balancing: Object.fromEntries(volts.map((_, index) => [index + 1, balancing.includes(index + 1)])),
      ...(known.length > 0 ? { min: least, max: most, delta: Math.round((most - least) * 1000) / 1000 } : {}),
    },
    limits: {
      charge_voltage: { mode: state.charge_mode_text, applied: state.cvl, battery_low_voltage: 46.4 },
      charge_current: maximum("Charge", state.ccl),
      discharge_current: maximum("Discharge", state.dcl),
    },
  };
}

/** Values around `middle` that look like cells and are the same each time. */
const around = (count, middle, spread, seed) =>
  Array.from({ length: count }, (_, n) => {
    const turn = Math.sin((n + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    return Math.round((middle + (turn - Math.floor(turn) - 0.5) * spread) * 1000) / 1000;
  });

function lost(id, name, age) {
  const one = battery(id, name);
  one.state = {
    type: "Daly",
    cell_count: 16,
    charge_allowed: false,
    discharge_allowed: false,
    alarms: {},
    online: false,
    time,
    age,
    last_seen: iso(age),
  };
  one.cells = { online: false };
  one.limits = {
    charge_voltage: { mode: "Bulk │ Linear Mode", applied: 55.2 },
    charge_current: { allowed: false, text: "BMS", applied: 0, target: 0 },
    discharge_current: { allowed: false, text: "BMS", applied: 0, target: 0 },
  };
  return one;
}

function runningAhead() {
  const volts = around(16, 3.418, 0.012, 2);
  volts[6] = 3.487;
  const one = battery("jk4031b2", "Rack right", { soc: 97, current: 18.6, power: 1017.4, voltage: 54.75 }, volts, [7]);
  one.state.charge_limit_reason = "cell_voltage";
  one.state.alarms.high_cell_voltage = 1;
  one.state.problem = true;
  one.limits.charge_current = {
    allowed: true,
    text: "Cell Voltage",
    applied: 41.5,
    target: 37.8,
    cause: {
      limiter: "Cell Voltage",
      measured: 3.487,
      point_low: 3.45,
      point_high: 3.55,
      limit_low: 60,
      limit_high: 0,
      limit: 37.8,
    },
  };
  return one;
}

export function house() {
  const left = battery("jk4031a1", "Rack left", {}, around(16, 3.351, 0.011, 1));
  const right = runningAhead();
  const bank = battery("aggregate", "House", {
    type: "Battery bank",
    temperatures: undefined,
    soc: 87,
    current: 42.9,
    power: 2321.7,
    capacity: 560,
    capacity_remaining: 487.2,
    energy_stored: 26.15,
    time_to_go: 6120,
    cell_delta: 0.139,
    ccl: 82.2,
    dcl: 240,
  });
  bank.bank = true;
  bank.commands = [];
  bank.cells = { online: true, voltages: {}, balancing: {} };
  bank.limits = {
    charge_voltage: { mode: "Absorption + Balancing │ Linear Mode", applied: 55.2, battery_low_voltage: 46.4 },
    charge_current: right.limits.charge_current,
    discharge_current: maximum("Discharge", 240),
  };
  bank.state.charge_mode = "absorption";
  return [bank, left, right, lost("daly0001", "Shed", 754)].map((one) => JSON.parse(JSON.stringify(one)));
}

export const sixteen = () =>
  Array.from({ length: 16 }, (_, n) => battery(`pack${n + 1}`, `Pack ${n + 1}`, {}, around(24, 3.33, 0.02, n)));

export const settings = {
  groups: [
    {
      name: "Cell voltages",
      settings: [
        ["MIN_CELL_VOLTAGE", 2.9, 2.9, "Lowest cell voltage: discharging ends there."],
        ["MAX_CELL_VOLTAGE", 3.45, 3.45, "Highest cell voltage: charging goes up to there."],
        ["FLOAT_CELL_VOLTAGE", 3.375, 3.375, "Cell voltage that a full battery is kept at."],
      ].map(([name, value, initial, meaning]) => ({
        name,
        type: "float",
        unit: "V",
        range: "2.0..4.5",
        default: initial,
        value,
        changed: false,
        meaning,
      })),
    },
    {
      name: "Battery current limits",
      settings: [
        {
          name: "MAX_BATTERY_CHARGE_CURRENT",
          type: "float",
          unit: "A",
          range: "0..",
          default: 50,
          value: 100,
          changed: true,
          meaning: "Highest charge current of a battery.",
        },
        {
          name: "MQTT_PASSWORD",
          type: "string",
          changed: true,
          secret: true,
          meaning: "Password of the broker.",
        },
      ],
    },
  ],
};
