/** A phone that may register. Credentials are for a switch that listens on loopback alone. */
export interface Extension {
  readonly extension: string;
  readonly password: string;
}

/** What an Asterisk has to know about a tenant: who may register, and where calls are handed to. Port 0 means a free one. */
export interface AsteriskTenant {
  readonly extensions: readonly Extension[];
  readonly sipPort: number;
  readonly httpPort: number;
  /** UDP ports for voice; instances may share a range, each takes what is free in it. */
  readonly rtpRange: readonly [first: number, last: number];
  readonly ariUser: string;
  readonly ariPassword: string;
  /** Name of the Stasis application that gets every call. */
  readonly app: string;
}
