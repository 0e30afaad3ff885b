import { useId } from 'preact/hooks';
import type { CameraLogin } from '../../src/domain/cameras/camera.ts';

interface LoginFieldsProps {
  readonly login: CameraLogin;
  readonly onLogin: (login: CameraLogin) => void;
}

/** A user of cameras. The browser is not to keep it among its logins of this page. */
export function LoginFields({ login, onLogin }: LoginFieldsProps) {
  const id = useId();
  return (
    <div class="fields">
      <div class="field">
        <label for={`${id}-user`}>Camera user</label>
        <input
          id={`${id}-user`}
          type="text"
          value={login.user}
          maxLength={128}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => onLogin({ ...login, user: currentTarget.value })}
        />
      </div>
      <div class="field">
        <label for={`${id}-password`}>Camera password</label>
        <input
          id={`${id}-password`}
          type="password"
          value={login.password}
          maxLength={128}
          autocomplete="new-password"
          onInput={({ currentTarget }) => onLogin({ ...login, password: currentTarget.value })}
        />
      </div>
    </div>
  );
}
