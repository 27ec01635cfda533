import './app/no-generated-code.ts';
import './app/older-browsers.ts';
import './app/tokens.css';
import './app/base.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { applyTheme } from './app/theme.ts';
import { createPageClient } from './control/client.ts';
import { createControl } from './control/control-context.ts';

const place = document.getElementById('root');
if (!place) throw new Error('index.html has no element #root.');

applyTheme('system');
createRoot(place).render(<App control={createControl(createPageClient())} />);
