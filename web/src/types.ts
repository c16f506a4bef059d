// What /api/v1 tells, as far as the page uses it. Names and units are those of the battery model: V, A, W, Ah, kWh,
// degC, %, s. What is not known is absent.

export interface State {
  online: boolean;
  time: number; // s since 1970, of the server
  age: number; // s, of the values
  last_seen?: string;
  type?: string;
  model_name?: string;
  manufacturer?: string;
  hardware_version?: string;
  firmware_version?: string;
  serial_number?: string;
  cell_count?: number;
  voltage?: number;
  current?: number;
  power?: number;
  soc?: number;
  soh?: number;
  capacity?: number;
  capacity_remaining?: number;
  energy_stored?: number;
  time_to_go?: number;
  cycles?: number;
  temperature?: number;
  temperatures?: Record<string, number>;
  temperature_mosfet?: number;
  cell_min?: number;
  cell_max?: number;
  cell_mean?: number;
  cell_delta?: number;
  cell_min_number?: number;
  cell_max_number?: number;
  balancing?: boolean;
  heating?: boolean;
  charge_fet?: boolean;
  discharge_fet?: boolean;
  balance_fet?: boolean;
  cvl?: number;
  ccl?: number;
  dcl?: number;
  charge_allowed?: boolean;
  discharge_allowed?: boolean;
  charge_mode?: string;
  charge_limit_reason?: string;
  discharge_limit_reason?: string;
  charge_mode_text?: string;
  charge_limit_text?: string;
  discharge_limit_text?: string;
  energy_charged?: number;
  energy_discharged?: number;
  error_code?: number;
  alarms?: Record<string, number>;
}

export interface Cells {
  online: boolean;
  voltages?: Record<string, number>;
  balancing?: Record<string, boolean>;
  min?: number;
  max?: number;
  delta?: number;
}

export interface Cause {
  limiter: string;
  measured?: number;
  point_low?: number;
  point_high?: number;
  limit_low?: number;
  limit_high?: number;
  limit?: number;
}

export interface CurrentLimit {
  allowed: boolean;
  text: string;
  applied?: number;
  target?: number;
  cause?: Cause;
}

export interface Limits {
  charge_voltage: { mode: string; applied?: number; battery_low_voltage?: number };
  charge_current: CurrentLimit;
  discharge_current: CurrentLimit;
}

export interface Battery {
  id: string;
  unique_id: string;
  name: string;
  port: string;
  instance: number;
  bank: boolean;
  commands: string[];
  state: State;
  cells: Cells;
  limits: Limits;
}

export interface Session {
  version: string;
  logged_in: boolean;
  password_set: boolean;
  read_login: boolean;
}

export interface Setting {
  name: string;
  type: string;
  unit?: string;
  range?: string;
  default?: unknown;
  value?: unknown; // absent: secret
  changed: boolean; // against the default
  secret?: boolean;
  meaning: string;
}

export interface Settings {
  groups: { name: string; settings: Setting[] }[];
}
