import { settingsOwners } from '@earshot/contracts';
import { demoTenant, type DemoSetting } from '../demo-tenant.ts';
import type { LocalService, ServiceName } from './services.ts';

/** Writes one setting by the HTTP API of the service that owns its kind. @throws the service's own words when it is refused */
export const putSetting = async (services: ReadonlyMap<ServiceName, LocalService>, { kind, id, value }: DemoSetting): Promise<void> => {
  const owner = services.get(settingsOwners[kind]);
  if (!owner) throw new Error(`The setting ${kind}/${id} has no owner that runs.`);
  const response = await fetch(`${owner.url}/settings/${kind}/${encodeURIComponent(id)}`, {
    method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(value),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${owner.name} refused the setting ${kind}/${id}: ${answer}`);
};

const standing = async (service: LocalService, kind: string, id: string): Promise<boolean> => {
  const response = await fetch(`${service.url}/settings/${kind}/${encodeURIComponent(id)}`);
  await response.body?.cancel();
  return response.ok;
};

/** Writes what is missing of the demo tenant; what an administrator changed since stays. */
export const writeDemoTenant = async (services: ReadonlyMap<ServiceName, LocalService>): Promise<void> => {
  for (const setting of demoTenant) {
    const owner = services.get(settingsOwners[setting.kind]);
    if (owner && !(await standing(owner, setting.kind, setting.id))) await putSetting(services, setting);
  }
};
